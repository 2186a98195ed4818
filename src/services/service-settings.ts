/** From what `install` finds in the environment to what the service will run with. */
import { resolve } from 'node:path';
import type { Env } from '../config';
import { loadSettings } from '../config';
import { FlowError } from '../flow/errors';
import type { Home } from './home';
import { readEnvFile, splitSettings } from './service-env';
import { requireWritable } from './service-quotes';
import type { ServiceRecord } from './service-record';
import { namesInDotEnv, readRecord, savedEnvPath } from './service-record';
import type { ServicePlan } from './service-unit';

export interface SettingsRequest {
  readonly env: Env;
  readonly home: Home;
  /** Node and our script. */
  readonly program: readonly string[];
  /** The project in whose folder it was typed. */
  readonly root: string;
  readonly envFile?: string | undefined;
  readonly saveEnv?: boolean | undefined;
}

export interface ServiceSettings {
  readonly plan: ServicePlan;
  readonly record: ServiceRecord;
  /** What is to be written into our own file of secrets; null when that stays as it is. */
  readonly save: Readonly<Record<string, string>> | null;
  /** Secrets of this environment that the service would not have. */
  readonly missing: readonly string[];
  /** Secrets that differ between this environment and the service's file. */
  readonly different: readonly string[];
}

/** Throws FlowError `Usage` (2) for settings that can't be used; starts and writes nothing. */
export function serviceSettings(request: SettingsRequest): ServiceSettings {
  const { env, home, program, root } = request;
  const before = readRecord(home);
  const { open, secret } = splitSettings(env, (path) => resolve(path));
  const inProject = namesInDotEnv(root);
  const envFile = request.saveEnv ? savedEnvPath(home) : request.envFile ? resolve(request.envFile) : before.envFile;
  const found = envFile === null ? {} : read(envFile, request, home);
  const file = request.saveEnv ? { ...found, ...secret } : found;
  const project = [root, before.project].find((folder) => folder !== null && namesTemporal(folder)) ?? null;

  const shown = Object.entries(open).filter(([name]) => !(name in file));
  const args = [...(project ? ['--project', project] : []), ...(envFile ? ['--env-file', envFile] : [])];
  const plan: ServicePlan = {
    command: [...program, 'service', 'run', ...args],
    env: { NBFLOW_HOME: home.root, ...Object.fromEntries(shown) },
    log: serviceLog(home),
  };
  requireWritable([...plan.command, ...Object.values(plan.env)]);
  loadSettings(null, { ...plan.env, ...file });
  const covered = (name: string): boolean => name in file || inProject.includes(name);
  return {
    plan,
    record: { version: 1, envFile, project },
    save: request.saveEnv ? file : null,
    missing: Object.keys(secret).filter((name) => !covered(name)),
    different: Object.keys(secret).filter((name) => name in file && file[name] !== secret[name]),
  };
}

/** The service's own log; the servers' logs lie beside it. */
export function serviceLog(home: Home): string {
  return resolve(home.logs, 'service.log');
}

function namesTemporal(root: string): boolean {
  return namesInDotEnv(root).some((name) => name.startsWith('TEMPORAL_'));
}

/** Our own file may be made by this very call; one that somebody named must be there. */
function read(envFile: string, request: SettingsRequest, home: Home): Readonly<Record<string, string>> {
  try {
    return readEnvFile(envFile);
  } catch (error) {
    const ours = request.saveEnv && envFile === savedEnvPath(home);
    if (ours && error instanceof FlowError && error.type === 'Service.NoEnvFile') return {};
    throw error;
  }
}
