/** What the services of Linux, macOS and Windows have in common for us. */
import { spawn } from 'node:child_process';
import { FlowError } from '../flow/errors';
import type { ServicePlan } from './service-unit';

export interface CallEnd {
  /** Null when there is no such program. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the system and hears it out. */
export type Call = (command: string, args: readonly string[]) => Promise<CallEnd>;

/** Whose service it is, and how the system is reached. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly homedir: string;
  /** Login name; on Windows with the domain before it. */
  readonly user: string;
  /** Null on Windows. */
  readonly uid: number | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly call: Call;
  readonly pause: (milliseconds: number) => Promise<void>;
}

export interface ServiceState {
  readonly enabled: boolean | null;
  readonly running: boolean | null;
  /** The system's own word for it, for instance `failed`. */
  readonly word: string | null;
}

export interface ServiceSystem {
  readonly name: 'systemd' | 'launchd' | 'task-scheduler';
  /** Where the service's definition lies. */
  readonly file: string;
  readonly encoding: 'utf8' | 'utf16le';
  text(plan: ServicePlan): string;
  /** A path as it stands in that text. */
  word(path: string): string;
  /** Null when this user can have services here, else why not. */
  refusal(): Promise<string | null>;
  /** Enables and starts what `file` says; `changed` when a service that runs has to be started anew. */
  activate(changed: boolean): Promise<void>;
  /** Stops and disables, while the file is still there. */
  deactivate(): Promise<void>;
  /** After the file is gone. */
  forget(): Promise<void>;
  state(): Promise<ServiceState>;
}

/** Runs a program of the system with nothing on its input. */
export function callWith(env: NodeJS.ProcessEnv): Call {
  return (command, args) =>
    new Promise((resolve) => {
      const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
      const heard = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr += text));
      child.once('error', (error) => resolve({ code: null, stdout: '', stderr: error.message }));
      child.once('close', (code) => resolve({ code: code ?? 1, ...heard }));
    });
}

/** Throws FlowError `Service.Refused` (4) with the system's own words when a call does not end well. */
export async function mustCall(machine: Machine, command: string, args: readonly string[]): Promise<CallEnd> {
  const end = await machine.call(command, args);
  if (end.code === 0) return end;
  throw new FlowError(
    'Service.Refused',
    `The system did not take the service: ${command} ${args.join(' ')} says: ${words(end)}`,
    4,
    ['nbflow service install may be typed again at any time.', 'To take everything back: nbflow service remove'],
  );
}

/** What a program said, in one line. */
export function words({ code, stdout, stderr }: CallEnd): string {
  const said = (stderr.trim() || stdout.trim()).replace(/\s*\n\s*/g, '; ');
  return said || (code === null ? 'it is not there' : `exit code ${code}`);
}
