/** Parsed files by content: a large file is parsed once for many activities. */
import { basename } from 'node:path';
import { parseFlow } from './flow/parse';
import { compileFlow } from './flow/compile';
import type { FileFacts } from './flow/analysis';
import type { CompiledFlow } from './flow/types';

const KEPT = 4;

/** What a file's path says about it. An output and a backup carry the name of the file that they were made from. */
export function fileFacts(file: string): FileFacts {
  const name = basename(file).replace(/\.nbflow(\.bak-[^/]*)?$/i, '');
  return { fileName: name.replace(/-generated-\d{8}-\d{6}$/, '') };
}

export class FlowCache {
  private readonly entries: { readonly text: string; readonly flow: CompiledFlow }[] = [];

  /** Throws FlowError `File.Damaged` when the text is no .nbflow. */
  compile(text: string, file: string): CompiledFlow {
    const known = this.entries.findIndex((entry) => entry.text === text);
    const entry = this.entries[known];
    if (entry) {
      this.entries.splice(known, 1);
      this.entries.unshift(entry);
      return entry.flow;
    }
    const flow = compileFlow(parseFlow(text, file), fileFacts(file));
    this.entries.unshift({ text, flow });
    this.entries.length = Math.min(this.entries.length, KEPT);
    return flow;
  }
}
