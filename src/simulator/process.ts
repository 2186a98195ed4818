/** Entry point of the simulator as its own process: `node dist/simulator/process.js --port 8765`. */
import { parseArgs } from 'node:util';
import { runSimulator, SimulatorError } from './main';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const OPTIONS = {
  port: text,
  host: text,
  key: text,
  'image-ms': text,
  'video-ms': text,
  dir: text,
  seed: text,
  parallel: text,
  advertise: text,
  'prompt-dots': flag,
  plain: flag,
  remember: flag,
  tunnel: flag,
  'faults-seed': text,
  'faults-rate': text,
  'faults-kinds': text,
  verbose: flag,
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS, strict: true });
  const named = Object.entries(values).map(([name, value]) => [
    name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  await runSimulator(Object.fromEntries(named) as Record<string, unknown>);
}

main().catch((error: unknown) => {
  const usage = error instanceof SimulatorError || (error instanceof TypeError && 'code' in error);
  console.error(usage ? error.message : error);
  process.exitCode = usage ? 2 : 1;
});
