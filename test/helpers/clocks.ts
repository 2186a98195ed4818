/** The two clocks of a process, wrong on demand. `jest.restoreAllMocks()` puts both right again. */
const wall = Date.now.bind(Date);
const monotonic = performance.now.bind(performance);

export const DAY_MS = 86_400_000;

/** Somebody sets the clock on the wall: from now on it is off by so much. */
export function setClock(offsetMs: number): void {
  jest.spyOn(Date, 'now').mockImplementation(() => wall() + offsetMs);
}

/** So much more time has passed, as the clock sees it that nobody can set. */
export function letPass(ms: number): void {
  jest.spyOn(performance, 'now').mockImplementation(() => monotonic() + ms);
}
