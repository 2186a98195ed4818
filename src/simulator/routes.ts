/** The routes of G-Labs' webhook server. Each gives an answer as a value; sending it is `exchange.ts`. */
import type { Answer } from './answers';
import { errorAnswer, jsonAnswer } from './answers';
import type { GenerationType, Job } from './contract';
import { encodeName, LISTED_TASKS, listedPrompt } from './contract';
import { decodeName, download } from './downloads';
import type { Approach, Encounter } from './encounter';
import type { Fault, Route } from './faults';
import type { Task } from './tasks';
import type { World } from './world';

/** A request that the server knows: `argument` is the task id or the file name as it stood in the path. */
export interface Call {
  readonly route: Route;
  readonly type: GenerationType | null;
  readonly argument: string;
  readonly needsKey: boolean;
}

const PATTERNS: readonly (readonly [method: string, pattern: RegExp, route: Route, needsKey: boolean])[] = [
  ['GET', /^\/api\/health()$/, 'health', false],
  ['POST', /^\/api\/(image|video)\/generate$/, 'submit', true],
  ['GET', /^\/api\/status\/([^/]+)$/, 'status', true],
  ['GET', /^\/api\/result\/([^/]+)$/, 'result', true],
  ['GET', /^\/api\/files\/(.+)$/, 'files', false],
  ['GET', /^\/api\/tasks()$/, 'tasks', true],
  ['POST', /^\/api\/stop\/([^/]+)$/, 'stop', true],
  ['POST', /^\/api\/stop()$/, 'stop', true],
];

/** Finds the route of a request; null is `Not found`. A trailing slash is tolerated. */
export function findCall(method: string, pathname: string): Call | null {
  const trimmed = pathname.replace(/\/+$/, '');
  for (const [wanted, pattern, route, needsKey] of PATTERNS) {
    const argument = method === wanted ? pattern.exec(trimmed)?.[1] : undefined;
    if (argument === undefined) continue;
    return { route, needsKey, argument, type: argument === 'image' || argument === 'video' ? argument : null };
  }
  return null;
}

/** What faults see of a call; for polls and downloads that is the task behind it. */
export function describeCall(world: World, { route, type, argument }: Call, job: Job | null): Approach {
  if (route === 'submit') return { target: { route, type, prompt: job?.prompt ?? null }, argument, taskId: null };
  const known = route === 'files' ? taskOfFile(world, argument) : world.tasks.get(argument);
  const { type: kind = null, prompt = null, told = false } = known ?? {};
  return { target: { route, type: kind, prompt, told }, argument, taskId: known?.id ?? null };
}

function taskOfFile(world: World, name: string): Task | undefined {
  const decoded = decodeName(name);
  return world.tasks.newest(Infinity).find((task) => decoded !== null && task.files.includes(decoded));
}

/** A call that is being answered; the job is what the body of a submit said. */
export interface Sitting {
  readonly world: World;
  readonly call: Call;
  readonly job: Job | null;
  readonly encounter: Encounter;
}

/** Answers a call. */
export async function answerCall({ world, call, job, encounter }: Sitting): Promise<Answer> {
  switch (call.route) {
    case 'health':
      return health(world);
    case 'submit':
      return job === null ? errorAnswer(400, 'Invalid JSON') : submit(world, job, encounter);
    case 'status':
      return withTask(world, call, (task) => status(world, task, encounter.take('status')));
    case 'result':
      return withTask(world, call, (task) => result(world, task));
    case 'files':
      return download(world, call.argument, encounter);
    case 'tasks':
      return listing(world, encounter.take('listing'));
    case 'stop':
      return stop(world, call.argument);
  }
}

function health(world: World): Answer {
  const { pending, running } = world.tasks.counts();
  const uptime = world.uptimeSeconds();
  const state = { status: 'ok', server: 'G-Labs Webhook', uptime, tasks_pending: pending, tasks_running: running };
  return jsonAnswer(200, state);
}

async function submit(world: World, job: Job, encounter: Encounter): Promise<Answer> {
  const task = await world.accept(job, encounter);
  return jsonAnswer(202, {
    task_id: task.id,
    status: 'pending',
    message: `${job.type === 'image' ? 'Image' : 'Video'} generation task queued`,
    poll_url: `/api/status/${task.id}`,
  });
}

function withTask(world: World, call: Call, answer: (task: Task) => Answer): Answer {
  const task = world.tasks.get(call.argument);
  return task ? answer(task) : errorAnswer(404, `Task ${call.argument} not found`);
}

function status(world: World, task: Task, fault: Fault | null): Answer {
  const base = { task_id: task.id, type: task.type, status: task.status, created_at: task.createdAt };
  if (fault?.kind === 'backwards') return jsonAnswer(200, { ...base, status: fault.says });
  if (task.status === 'completed') {
    task.told = true;
    return jsonAnswer(200, { ...base, completed_at: task.completedAt, results: resultUrls(world, task) });
  }
  if (task.failure) {
    const { code, error } = task.failure;
    return jsonAnswer(200, { ...base, error_code: code, error, error_detail: `${code}: ${error}` });
  }
  return jsonAnswer(200, base);
}

/** A failed task looks like an unfinished one here, as in the real server. */
function result(world: World, task: Task): Answer {
  const base = { task_id: task.id, status: task.status };
  if (task.status !== 'completed') return jsonAnswer(200, { ...base, message: 'Task not yet completed' });
  return jsonAnswer(200, { ...base, results: resultUrls(world, task) });
}

function resultUrls(world: World, task: Task): readonly string[] {
  const origin = world.options.advertise ?? world.door.origin;
  return task.files.map((name) => `${origin}/api/files/${encodeName(name)}`);
}

function listing(world: World, fault: Fault | null): Answer {
  const { promptDots } = world.options;
  const tasks = world.tasks.newest().map((task) => ({
    task_id: task.id,
    type: task.type,
    status: task.status,
    prompt: listedPrompt(task.prompt, promptDots),
    created_at: task.createdAt,
  }));
  return jsonAnswer(200, { tasks: disturb(tasks, fault, world.nowMs() / 1000).slice(0, LISTED_TASKS) });
}

function disturb<T extends { task_id: string; created_at: number }>(
  tasks: readonly T[],
  fault: Fault | null,
  now: number,
): readonly object[] {
  if (fault?.kind !== 'listing') return tasks;
  if (fault.how === 'empty') return [];
  if (fault.how === 'duplicated') return tasks.flatMap((task) => [task, task]);
  // Another client of the same backend was busy: its tasks push ours off the end.
  return Array.from({ length: LISTED_TASKS }, (_, i) => ({
    task_id: (0xf0000000 + i).toString(16),
    type: 'image',
    status: 'completed',
    prompt: `another client's picture ${i + 1}`,
    created_at: now - i / 1000,
  }));
}

/** With an id one task; bare, everybody's, which is why no client should ever call it so. */
function stop(world: World, id: string): Answer {
  if (id !== '' && !world.tasks.get(id)) return errorAnswer(404, `Task ${id} not found`);
  const asked = id === '' ? world.tasks.open() : [id];
  const stopped = asked.filter((task) => world.tasks.stop(task));
  const skipped = asked.filter((task) => !stopped.includes(task));
  return jsonAnswer(200, { stopped, skipped, count: stopped.length });
}
