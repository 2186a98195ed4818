/** Prepares what a row's generations are made from: references downloaded, stills resolved, the request encoded. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveStill } from '../flow/candidates';
import { FlowError } from '../flow/errors';
import type { SlottedSource } from '../flow/fingerprint';
import { fingerprintRow, slottedSources } from '../flow/fingerprint';
import type { ReferenceRecord, Still } from '../flow/receipt';
import { buildImageRequest, buildVideoRequest } from '../flow/request';
import type { GeneratorRow, Source } from '../flow/types';
import type { EncodedReference } from './references';
import type { RowWork } from '../money/ports';
import type { NodeRun } from './node-run';

/** Throws FlowError `Reference.Unavailable` when a picture that the request needs can't be had. */
export async function prepareRow(run: NodeRun, row: GeneratorRow): Promise<RowWork> {
  const { generator } = run;
  // Collected when all are read: they end in any order, and what is recorded must be in that of the request.
  const inputs = await Promise.all(slottedSources(generator, row).map((wanted) => readInput(run, row, wanted)));
  const references = inputs.flatMap(({ reference }) => reference ?? []);
  for (const { url, sha256 } of references) run.hashes.set(url, sha256);
  const encoded = inputs.map(({ base64 }) => base64);
  const build = generator.kind === 'image' ? buildImageRequest : buildVideoRequest;
  return {
    row,
    fingerprint: fingerprintRow(generator, row, run.hashes),
    references,
    stills: inputs.flatMap(({ still }) => still ?? []),
    body: Buffer.from(JSON.stringify(build(generator, row, encoded))),
  };
}

/** One input of a row: a picture of another generator, or one of the file. */
interface Input {
  readonly base64: string;
  readonly still: Still | null;
  readonly reference: ReferenceRecord | null;
}

async function readInput(run: NodeRun, row: GeneratorRow, { slot, source }: SlottedSource): Promise<Input> {
  if (source.kind === 'generated') {
    const { file, ...still } = findStill(run, row, slot, source);
    const { base64, sha256 } = await readStill(run, { ...still, file });
    return { base64, still: { ...still, sha256 }, reference: null };
  }
  const url = source.kind === 'url' ? source.url : source.path;
  const { base64, sha256 } = await fetchReference(run, url);
  return { base64, still: null, reference: { url, sha256 } };
}

interface FoundStill extends Still {
  readonly file: string | null;
}

function findStill(
  run: NodeRun,
  row: GeneratorRow,
  slot: string,
  source: Extract<Source, { kind: 'generated' }>,
): FoundStill {
  const upstream = run.project.flow.byKey.get(source.from);
  const still =
    upstream &&
    resolveStill({
      source,
      row,
      upstream,
      receipt: run.upstream.get(source.from),
      evidence: { receipts: run.upstream, deadUrls: new Set(), hashes: run.hashes, missingFiles: new Set() },
    });
  if (!upstream || !still) {
    throw new FlowError(
      'Reference.Unavailable',
      `${run.generator.title}: the picture it is made from is not there yet.`,
      1,
    );
  }
  const { tab, id } = upstream;
  return {
    slot,
    tab,
    id,
    row: still.row,
    candidate: still.candidate,
    sha256: still.sha256,
    url: still.url,
    file: still.file,
  };
}

/** The local copy first: it needs no network. The link is the way for pictures that another machine made. */
async function readStill(run: NodeRun, still: FoundStill): Promise<EncodedReference> {
  if (still.file !== null && still.sha256 !== null) {
    const bytes = await readFile(join(run.project.layout.baseDir, still.file)).catch(() => null);
    if (bytes) return { sha256: still.sha256, base64: bytes.toString('base64') };
  }
  if (still.url !== null) return fetchReference(run, still.url);
  throw new FlowError(
    'Reference.Unavailable',
    `${run.generator.title}: the picture it is made from has neither a file nor a link.`,
    1,
  );
}

async function fetchReference(run: NodeRun, url: string): Promise<EncodedReference> {
  try {
    return await run.deps.references.get(run.input.pass, url);
  } catch (error) {
    // The server's name only: addresses carry signatures, and this travels through the pass's history.
    const why = (error as Error).message.split(url).join(URL.canParse(url) ? new URL(url).host : 'its address');
    throw new FlowError(
      'Reference.Unavailable',
      `${run.generator.title}: its reference picture can't be had (${why}). Nothing was paid for it.`,
      1,
      ['Check that the address of the Media node opens in a browser, then run again.'],
      { cause: error },
    );
  }
}
