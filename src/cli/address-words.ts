/** Which G-Labs address is used and why: said when a tunnel or `nbflow server` has a part in it. */
import type { NamedServers, Settings } from '../config';
import type { RememberedServers } from '../services/remembered-servers';

const PLACES: Readonly<Record<NamedServers['from'], string>> = {
  flag: '--server',
  environment: 'GLABS_SERVER in the environment',
  remembered: 'this machine',
  '.env': "the project's .env",
  config: 'nbflow.config.json',
  default: 'the default',
};

/** Empty when there is nothing to wonder about: no address is remembered, or it was typed for this very run. */
export function addressWords(
  { serverSources: [used, ...others] }: Pick<Settings, 'serverSources'>,
  remembered: RememberedServers | null,
  problem: string | null,
): readonly string[] {
  if (!used || used.from === 'flag') return [];
  if (problem) return [problem, '  → Say it again: nbflow tunnel  (or give the address: --server URL)'];
  if (!remembered) return [];
  const said = `${remembered.by === 'tunnel' ? 'of nbflow tunnel' : 'from nbflow server'}, since ${time(remembered.since)}`;
  if (used.from === 'remembered') {
    const other = others.find(({ servers }) => !sameList(servers, used.servers));
    if (!other) return [];
    const instead = other.from === 'default' ? '' : `, instead of ${list(other)} from ${PLACES[other.from]}`;
    return [`G-Labs: ${list(used)} (${said})${instead}.`];
  }
  const passedOver = others.find(({ from }) => from === 'remembered');
  if (!passedOver || sameList(passedOver.servers, used.servers)) return [];
  return [
    `G-Labs: ${list(used)} from ${PLACES[used.from]}, instead of ${list(passedOver)} (${said}).`,
    '  → To use the other one: unset GLABS_SERVER, or give --server URL',
  ];
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((server, index) => server === b[index]);
}

function list({ servers }: NamedServers): string {
  return servers.join(', then ');
}

/** `14:03` of today, else with its day. */
function time(iso: string): string {
  const at = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, '0');
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const today = at.toDateString() === new Date().toDateString();
  return today ? clock : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`;
}
