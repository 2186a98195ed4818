/** Prepares what a row's generations are made from: references downloaded, stills resolved, the request encoded. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveStill } from '../flow/candidates';
import { FlowError } from '../flow/errors';
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
  const references: ReferenceRecord[] = [];
  const stills: Still[] = [];
  const encoded = await Promise.all(
    slottedSources(generator, row).map(async ({ slot, source }) => {
      if (source.kind === 'generated') {
        const still = findStill(run, row, slot, source);
        const bytes = await readStill(run, still);
        stills.push({ ...still, sha256: bytes.sha256 });
        return bytes.base64;
      }
      const url = source.kind === 'url' ? source.url : source.path;
      const got = await fetchReference(run, url);
      references.push({ url, sha256: got.sha256 });
      run.hashes.set(url, got.sha256);
      return got.base64;
    }),
  );
  const build = generator.kind === 'image' ? buildImageRequest : buildVideoRequest;
  return {
    row,
    fingerprint: fingerprintRow(generator, row, run.hashes),
    references,
    stills,
    body: Buffer.from(JSON.stringify(build(generator, row, encoded))),
  };
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
      `${run.generator.title}: its reference picture can't be fetched (${why}). Nothing was paid for it.`,
      1,
      ['Check that the address of the Media node opens in a browser, then run again.'],
      { cause: error },
    );
  }
}
