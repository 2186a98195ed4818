/** The worker's settings: which variables it gets, and how to tell whether a running one has them, without showing them. */
import { createHmac } from 'node:crypto';
import { resolve } from 'node:path';
import type { Env } from '../config';
import { layered, otherForm, withWholePaths } from '../secret-files';

export type WorkerEnv = Readonly<Record<string, string>>;

const OURS = /^(GLABS|R2|TEMPORAL|NBFLOW)_/;
/** Kept when a caller has none: a terminal without the key must not take it from a worker in the middle of a pass. */
const STICKY = /^GLABS_/;
/** About this call or this machine, not about the worker. */
const NOT_PASSED = /^NBFLOW_(HOME|TEMPORAL_BIN|WEED_BIN|CLOUDFLARED|SUPERVISED|PROGRESS)$/;

/** The variables of ours in an environment. */
export function workerSettings(env: Env): WorkerEnv {
  const entries = Object.entries(env).filter(([name, value]) => value && OURS.test(name) && !NOT_PASSED.test(name));
  // The worker stands in another folder than who asks for it.
  return withWholePaths(Object.fromEntries(entries), resolve()) as WorkerEnv;
}

/** An environment without the variables of ours: what is inherited has no secrets and never goes stale. */
export function withoutSettings(env: Env): Record<string, string> {
  const entries = Object.entries(env).filter(([name, value]) => value !== undefined && !OURS.test(name));
  return Object.fromEntries(entries) as Record<string, string>;
}

/** What the worker gets after a call that brings `asked`. */
export function mergeWorkerEnv(current: WorkerEnv, asked: WorkerEnv): WorkerEnv {
  const kept = Object.entries(current).filter(([name]) => STICKY.test(name));
  return layered(Object.fromEntries(kept), asked) as WorkerEnv;
}

/** One fingerprint per variable, keyed with the control token. */
export function tagWorkerEnv(env: WorkerEnv, token: string): Record<string, string> {
  const tag = (name: string, value: string): string =>
    createHmac('sha256', token).update(`${name}\0${value}`).digest('hex').slice(0, 16);
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, tag(name, value)]));
}

/** Whether a worker with these tags has what is asked for; sticky variables that nobody asks for don't count. */
export function satisfies(tags: Readonly<Record<string, string>>, asked: WorkerEnv, token: string): boolean {
  const wanted = tagWorkerEnv(asked, token);
  const names = new Set([...Object.keys(wanted), ...Object.keys(tags).filter((name) => !STICKY.test(name))]);
  // A key that is now asked for as a file, or no more as one, is another key.
  const outdated = Object.keys(tags).some((name) => asked[otherForm(name) ?? ''] && !asked[name]);
  return !outdated && [...names].every((name) => tags[name] === wanted[name]);
}
