/** Starts a TypeScript file as a process of its own, compiled on the fly by the compiler that jest uses too. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** JavaScript that lets a plain Node process read our TypeScript. */
export const TYPESCRIPT_HOOK = `
const { transformFileSync } = require(${JSON.stringify(require.resolve('@swc/core'))});
require.extensions['.ts'] = (module, file) => {
  const jsc = { parser: { syntax: 'typescript' }, target: 'es2022' };
  module._compile(transformFileSync(file, { jsc, module: { type: 'commonjs' } }).code, file);
};
`;
const START = `${TYPESCRIPT_HOOK}require(process.argv[1]);`;

/** Never rejects; how it ended is for the caller to judge. */
export async function runTypescript(file: string, args: readonly string[]): Promise<Ended> {
  const child: ChildProcess = spawn(process.execPath, ['-e', START, file, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stderr };
}
