/**
 * The parts of a .nbflow file that we read, as zod sees them. Unknown fields are nobody's business here: every write is a
 * text edit of named fields, so what this schema leaves out stays in the file byte for byte.
 */
import { z } from 'zod';

// The very object of JSON.parse is passed on: a copy would let a key called `__proto__` set a prototype.
const properties = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: 'expected an object' },
);

const slotType = z.union([z.string(), z.number()]).nullish();

const inputSlot = z.object({ name: z.string().nullish(), type: slotType, link: z.int().nullish() });
const outputSlot = z.object({ name: z.string().nullish(), type: slotType, links: z.array(z.int()).nullish() });

const node = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string().nullish(),
  mode: z.number().nullish(),
  properties: properties.nullish(),
  inputs: z.array(inputSlot).nullish(),
  outputs: z.array(outputSlot).nullish(),
});

const linkTuple = z.tuple([z.int(), z.int(), z.int(), z.int(), z.int()], z.unknown());
// LiteGraph's own object form of a link.
const linkObject = z.object({
  id: z.int(),
  origin_id: z.int(),
  origin_slot: z.int(),
  target_id: z.int(),
  target_slot: z.int(),
  type: slotType,
});

const tab = z.object({
  name: z.string().nullish(),
  graphData: z
    .object({
      nodes: z.array(node).nullish(),
      links: z.array(z.union([linkTuple, linkObject])).nullish(),
      last_node_id: z.unknown().optional(),
      last_link_id: z.unknown().optional(),
      extra: z.unknown().optional(),
    })
    .nullish(),
});

export const fileSchema = z.object({ name: z.string().nullish(), format: z.string().nullish(), tabs: z.array(tab) });

export type RawFile = z.infer<typeof fileSchema>;
export type RawTab = RawFile['tabs'][number];
export type RawNode = z.infer<typeof node>;
export type RawLink = z.infer<typeof linkTuple> | z.infer<typeof linkObject>;
