/** What each system is given so that it starts our service: pure text, made from one plan. */
import { cronWord, requireTaskWords, unitAssignment, unitCommand, windowsArgument, xmlText } from './service-quotes';

/** What the service runs: absolute paths, and no secrets. */
export interface ServicePlan {
  /** The node executable, our script and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it writes what happens. */
  readonly log: string;
}

export const UNIT_NAME = 'nbflow.service';
export const AGENT_LABEL = 'nbflow.runner';
export const TASK_NAME = 'nbflow';
/** Ours can be told by this from a file that somebody wrote by hand. */
export const MARK = 'Written by: nbflow service install';

const DESCRIPTION = 'nbflow: servers and worker of .nbflow passes';
/** The worker, then the servers, each with its own bound (supervisor.ts); then the system ends what is left. */
const STOP_SECONDS = 75;
const RESTART_SECONDS = 10;

/**
 * A systemd user unit. `nbflow down` ends it with code 0, so it stays down until the next login; any other end is a crash.
 * Only the main process is told to stop: it stops the worker first, so that work in hand is given back.
 */
export function systemdUnit({ command, env }: ServicePlan): string {
  return [
    `# ${MARK}, which writes it anew. For changes of your own: systemctl --user edit ${UNIT_NAME}`,
    '[Unit]',
    `Description=${DESCRIPTION}`,
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=simple',
    ...Object.entries(env).map(([name, value]) => `Environment=${unitAssignment(name, value)}`),
    `ExecStart=${unitCommand(command)}`,
    'Restart=on-failure',
    `RestartSec=${RESTART_SECONDS}`,
    'KillMode=mixed',
    `TimeoutStopSec=${STOP_SECONDS}`,
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
}

/** A launchd agent with the same behaviour. */
export function launchdAgent({ command, env, log }: ServicePlan): string {
  const string = (text: string): string => `<string>${xmlText(text)}</string>`;
  const pair = ([name, value]: [string, string]): string => `    <key>${xmlText(name)}</key>${string(value)}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<!-- ${MARK} -->`,
    '<plist version="1.0">',
    '<dict>',
    `  <key>Label</key>${string(AGENT_LABEL)}`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...command.map((word) => `    ${string(word)}`),
    '  </array>',
    '  <key>EnvironmentVariables</key>',
    '  <dict>',
    ...Object.entries(env).map(pair),
    '  </dict>',
    '  <key>RunAtLoad</key><true/>',
    '  <key>KeepAlive</key>',
    '  <dict>',
    '    <key>SuccessfulExit</key><false/>',
    '  </dict>',
    `  <key>ThrottleInterval</key><integer>${RESTART_SECONDS}</integer>`,
    `  <key>ExitTimeOut</key><integer>${STOP_SECONDS}</integer>`,
    `  <key>StandardErrorPath</key>${string(log)}`,
    '</dict>',
    '</plist>',
    '',
  ].join('\n');
}

/** A task of Windows' scheduler, at the user's logon. A task has no environment, so settings are arguments there. */
export function scheduledTask({ command, env }: ServicePlan, user: string): string {
  const [program = '', ...rest] = command;
  // The PATH of a logon is the user's own.
  const settings = Object.entries(env).filter(([name]) => name !== 'PATH');
  const args = [...rest, ...settings.flatMap(([name, value]) => ['--set', `${name}=${value}`])];
  requireTaskWords([program, ...args]);
  return [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo>',
    `    <Description>${DESCRIPTION}. ${MARK}</Description>`,
    '  </RegistrationInfo>',
    '  <Triggers>',
    '    <LogonTrigger>',
    '      <Enabled>true</Enabled>',
    `      <UserId>${xmlText(user)}</UserId>`,
    '    </LogonTrigger>',
    '  </Triggers>',
    '  <Principals>',
    '    <Principal id="Author">',
    `      <UserId>${xmlText(user)}</UserId>`,
    '      <LogonType>InteractiveToken</LogonType>',
    '      <RunLevel>LeastPrivilege</RunLevel>',
    '    </Principal>',
    '  </Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '    <RestartOnFailure>',
    '      <Interval>PT1M</Interval>',
    '      <Count>255</Count>',
    '    </RestartOnFailure>',
    '  </Settings>',
    '  <Actions Context="Author">',
    '    <Exec>',
    `      <Command>${xmlText(program)}</Command>`,
    `      <Arguments>${xmlText(args.map(windowsArgument).join(' '))}</Arguments>`,
    '    </Exec>',
    '  </Actions>',
    '</Task>',
    '',
  ].join('\r\n');
}

/** For systems without any of these: a line of `crontab -e`. The service writes its own log. */
export function crontabLine({ command, env }: ServicePlan): string {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${cronWord(value)}`);
  return ['@reboot', ...settings, ...command.map(cronWord), '>/dev/null 2>&1'].join(' ');
}
