import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { requireWritable, unitCommand, windowsArgument, xmlText } from '../../src/services/service-quotes';
import { crontabLine, launchdAgent, MARK, scheduledTask, systemdUnit } from '../../src/services/service-unit';
import { readUnit } from '../helpers/unit-file';

const ODD = `we "i'r\\d $HOME 100%d <é> & co;`;
const plan = {
  command: ['/opt/my node/bin/node', `/home/${ODD}/bin/nbflow.js`, 'service', 'run', '--env-file', `/k/${ODD}`],
  env: { NBFLOW_HOME: `/h/${ODD}`, PATH: '/bin:/x y' },
  log: '/h/logs/service.log',
};
const printable = fc.string({ unit: fc.oneof(fc.constantFrom(...`"'\\$% &<>;=`), fc.constantFrom('a', 'é', '-')) });

/** As the C runtime of Windows programs takes a command line apart. */
function windowsArguments(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const slashes = /^\\*/.exec(line.slice(i))?.[0].length ?? 0;
    if (slashes > 0) {
      const before: boolean = line[i + slashes] === '"';
      word = (word ?? '') + '\\'.repeat(before ? Math.floor(slashes / 2) : slashes);
      i += slashes - 1;
      if (before && slashes % 2 === 1) {
        word += '"';
        i++;
      }
    } else if (line[i] === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (line[i] === ' ' && !quoted) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + line[i];
  }
  return word === null ? words : [...words, word];
}

function fromXml(text: string): string {
  const marks: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' };
  return text.replace(/&(\w+);/g, (_whole, name: string) => marks[name] ?? '?');
}

describe('a systemd unit', () => {
  test('says the command and the settings exactly, whatever characters are in them', () => {
    const unit = readUnit(systemdUnit(plan));
    expect(unit.command).toEqual(plan.command);
    expect(unit.env).toEqual(plan.env);
  });

  test('is read back as it was for any words', () => {
    fc.assert(
      fc.property(fc.array(printable), printable, (words, value) => {
        const command = ['/usr/bin/node', ...words];
        const unit = readUnit(systemdUnit({ ...plan, command, env: { NBFLOW_HOME: value } }));
        expect([unit.command, unit.env]).toEqual([command, { NBFLOW_HOME: value }]);
      }),
    );
  });

  test('starts a program whose own path systemd would refuse through a shell, with the same words', () => {
    const unit = readUnit(`ExecStart=${unitCommand(['/opt/a"b$c/node', ODD])}`);
    expect(unit.command).toEqual(['/bin/sh', '-c', 'exec "$0" "$@"', '/opt/a"b$c/node', ODD]);
  });

  test('restarts after a crash, however often, but not after nbflow down, and lets the worker give its work back', () => {
    expect(readUnit(systemdUnit(plan)).values).toMatchObject({
      Restart: 'on-failure',
      StartLimitIntervalSec: '0',
      KillMode: 'mixed',
      WantedBy: 'default.target',
    });
  });
});

test('a launchd agent runs at login, comes back after a crash only, and has every word as one string', () => {
  const text = launchdAgent(plan);
  const list = /<array>([\s\S]*)<\/array>/.exec(text)?.[1] ?? '';
  const strings = [...list.matchAll(/<string>(.*)<\/string>/g)].map(([, word]) => fromXml(word ?? ''));
  expect(strings).toEqual(plan.command);
  const dict = /<key>EnvironmentVariables<\/key>\s*<dict>([\s\S]*?)<\/dict>/.exec(text)?.[1] ?? '';
  const pairs = [...dict.matchAll(/<key>(.*)<\/key><string>(.*)<\/string>/g)];
  expect(Object.fromEntries(pairs.map(([, key, value]) => [key, fromXml(value ?? '')]))).toEqual(plan.env);
  expect(text).toMatch(/<key>RunAtLoad<\/key><true\/>/);
  expect(text).toMatch(/<key>KeepAlive<\/key>\s*<dict>\s*<key>SuccessfulExit<\/key><false\/>\s*<\/dict>/);
  expect(text).toContain(MARK);
});

describe("a task of Windows' scheduler", () => {
  const windows = {
    command: ['C:\\Program Files\\node & co\\node.exe', 'C:\\a "b"\\', 'service', 'run'],
    env: { NBFLOW_HOME: 'C:\\Users\\Ann Ö\\nbflow\\', PATH: 'C:\\Windows' },
    log: 'C:\\log',
  };

  test('starts at the logon of its user, has no time limit and carries settings as arguments', () => {
    const text = scheduledTask(windows, 'STUDIO\\Ann & Bo');
    expect(text).toContain('<UserId>STUDIO\\Ann &amp; Bo</UserId>');
    expect(text).toContain('<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>');
    expect(fromXml(/<Command>(.*)<\/Command>/.exec(text)?.[1] ?? '')).toBe(windows.command[0]);
    const line = fromXml(/<Arguments>(.*)<\/Arguments>/.exec(text)?.[1] ?? '');
    expect(windowsArguments(line)).toEqual([
      ...windows.command.slice(1),
      '--set',
      `NBFLOW_HOME=${windows.env.NBFLOW_HOME}`,
    ]);
  });

  test('arguments are taken apart again as they were, for any words', () => {
    fc.assert(
      fc.property(fc.array(printable, { maxLength: 4 }), (words) => {
        const line = fromXml(xmlText(words.map(windowsArgument).join(' ')));
        expect(windowsArguments(line)).toEqual(words);
      }),
    );
  });

  test('refuses a path that the scheduler would take for a variable', () => {
    const command = ['C:\\%TEMP%\\node.exe'];
    expect(() => scheduledTask({ ...windows, command }, 'ann')).toThrow('for a variable');
  });
});

test('a crontab line gives a shell the same words once cron has taken it apart', () => {
  const show = ['/usr/bin/printenv', 'NBFLOW_HOME'];
  const line = crontabLine({ ...plan, command: show });
  expect(line).toMatch(/^@reboot .* >\/dev\/null 2>&1$/);
  const command = line.slice('@reboot '.length, -' >/dev/null 2>&1'.length);
  // A bare % would end the command for cron.
  expect(command.replaceAll('\\%', '')).not.toContain('%');
  const { stdout } = spawnSync('/bin/sh', ['-c', command.replaceAll('\\%', '%')], { encoding: 'utf8' });
  expect(stdout).toBe(`${plan.env.NBFLOW_HOME}\n`);
});

test('a line end in a path is refused, because no format can carry it', () => {
  expect(() => requireWritable(['/a', '/b\nExecStart=/bin/evil'])).toThrow('control character');
});
