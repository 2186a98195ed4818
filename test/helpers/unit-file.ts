/** Reads a systemd unit as systemd does (systemd.syntax(7), systemd.service(5)), as far as ours go. */
export interface UnitFile {
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** Plain values by key. */
  readonly values: Readonly<Record<string, string>>;
}

/** Words of a value: quotes and backslashes as in C, `%%` is one percent sign; any other `%` is a mistake here. */
function wordsOf(value: string): string[] {
  const words = value.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return words.map((word) => {
    const bare = word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word;
    return bare.replace(/%(.?)/g, (_whole, next: string) => {
      if (next !== '%') throw new Error(`the specifier %${next} in ${value}`);
      return '%';
    });
  });
}

function argument(word: string): string {
  return word.replace(/\$(.?)/g, (_whole, next: string) => {
    if (next !== '$') throw new Error(`a variable in ${word}`);
    return '$';
  });
}

export function readUnit(text: string): UnitFile {
  const lines = text.split('\n').filter((line) => line !== '' && !/^[#;[]/.test(line));
  const pairs = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  const env = pairs
    .filter(([key]) => key === 'Environment')
    .flatMap(([, value]) => wordsOf(value))
    .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const);
  const [program = '', ...rest] = wordsOf(pairs.find(([key]) => key === 'ExecStart')?.[1] ?? '');
  // The program's own path may not have quotes or backslashes in it, and variables in it stay.
  if (!/^\/[^"'\\]*$/.test(program)) throw new Error(`systemd refuses the program ${program}`);
  return {
    env: Object.fromEntries(env),
    command: [program, ...rest.map(argument)],
    values: Object.fromEntries(pairs.filter(([key]) => key !== 'Environment')),
  };
}
