/** How the embedded Temporal server is started. */
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../names';
import type { Home } from './home';
import type { PortName, Ports } from './ports';

export const TEMPORAL_PORTS: readonly PortName[] = ['temporal', 'ui'];

/** Arguments of `temporal`; history is kept in a database file, so it survives a reboot. */
export function temporalArguments(home: Home, ports: Ports): string[] {
  return [
    'server',
    'start-dev',
    ...['--ip', '127.0.0.1', '--port', String(ports.temporal)],
    ...['--ui-ip', '127.0.0.1', '--ui-port', String(ports.ui), '--ui-disable-news-fetch'],
    ...['--db-filename', join(home.data, 'temporal.db')],
    ...['--log-level', 'warn', '--log-format', 'json'],
    // Passes in line take turns, by the key that each gives its generations; off unless asked for.
    ...['--dynamic-config-value', 'matching.enableFairness=true'],
    ...Object.values(SEARCH_ATTRIBUTES).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

export function temporalAddress(ports: Ports): string {
  return `127.0.0.1:${ports.temporal}`;
}

export function temporalUiUrl(ports: Ports): string {
  return `http://127.0.0.1:${ports.ui}`;
}
