/** What another client of the same backend asks for. */
import type { GenerationType, Job } from './contract';
import { readJob } from './contract';
import type { Fault } from './faults';

export type ForeignFault = Extract<Fault, { kind: 'foreign' }>;

/** The generations of a fault; `ours` is the submit beside which they come, null where there is none. */
export function foreignJobs({ tasks, words, prompt, type }: ForeignFault, ours: Job | null): readonly Job[] {
  const kind = ours?.type ?? type;
  const same = prompt ?? (words === 'same' ? (ours?.prompt ?? null) : null);
  return Array.from({ length: tasks }, (_, i) => {
    // The number comes early: it has to be within the characters that the list shows.
    return foreignJob(kind, same ?? `Other client ${i + 1}: ${OTHER_SUBJECTS[i % OTHER_SUBJECTS.length]} on a table`);
  });
}

const OTHER_SUBJECTS = ['a teapot', 'a lamp', 'a bicycle bell', 'three plums', 'a wool hat'];

/** Without references, which is how the bill can tell a picture of theirs from one of ours. */
function foreignJob(type: GenerationType, prompt: string): Job {
  const job = readJob(type, JSON.stringify({ prompt }));
  if (job === null) throw new Error(`expected a job of ${JSON.stringify(prompt)}`);
  return job;
}
