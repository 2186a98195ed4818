/** A home in a temporary folder, and systems that only note what they are asked. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Home } from '../../src/services/home';
import { homeFolders } from '../../src/services/home';
import type { ServiceSettings, SettingsRequest } from '../../src/services/service-settings';
import { serviceSettings } from '../../src/services/service-settings';
import type { CallEnd, Machine } from '../../src/services/service-system';

export const PROGRAM = ['/opt/node/bin/node', '/opt/nbflow/bin/nbflow.js'];

/** What a program answers; success without a word unless told. */
export type Answers = (call: string) => Partial<CallEnd> | undefined;

export interface ServiceRig {
  readonly base: string;
  readonly home: Home;
  /** Everything that was asked since the last `forget`. */
  readonly calls: string[];
  forget(): void;
  machine(platform: NodeJS.Platform, answers?: Answers): Machine;
  settings(request?: Partial<SettingsRequest>): ServiceSettings;
}

export function openServiceRig(): ServiceRig {
  const base = mkdtempSync(join(tmpdir(), 'nbflow service '));
  const home = homeFolders({ NBFLOW_HOME: join(base, 'home') });
  const calls: string[] = [];
  const env = { GLABS_SERVER: 'http://localhost:1' };
  return {
    base,
    home,
    calls,
    forget: () => void calls.splice(0),
    machine: (platform, answers = () => undefined) => ({
      ...{ platform, homedir: base, user: 'nobody-lingers-so', uid: 501, env: {} },
      call: (command, args) => {
        const call = [command, ...args].join(' ');
        calls.push(call);
        return Promise.resolve({ code: 0, stdout: '', stderr: '', ...answers(call) });
      },
      pause: () => Promise.resolve(),
    }),
    settings: (request) => serviceSettings({ env, home, program: PROGRAM, root: base, ...request }),
  };
}
