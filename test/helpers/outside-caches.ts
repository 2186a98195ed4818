/** What a pass must never touch in a storyboard's text. */
import type { Node } from 'jsonc-parser';
import { parseTree } from 'jsonc-parser';

/** What a finished node may change: its cache fields and the galleries of its gates. */
const CACHE_FIELDS = new Set([
  '_savedImages',
  '_savedClips',
  '_savedVideos',
  '_savedVideoUrl',
  '_savedApprovalImages',
  '_savedApprovalVideos',
  '_savedGalleryImages',
  '_savedGalleryVideos',
  'galleryImages',
  'galleryVideos',
]);

/** The text with the values of cache fields taken out, and whatever else is in `more`. */
export function outsideCaches(text: string, more: readonly string[] = []): string {
  const ranges: Node[] = [];
  const visit = (node: Node): void => {
    if (node.type === 'property') {
      const [key, value] = node.children ?? [];
      if (key && value && (CACHE_FIELDS.has(key.value as string) || more.includes(key.value as string))) {
        ranges.push(value);
        return;
      }
    }
    node.children?.forEach(visit);
  };
  const root = parseTree(text);
  if (!root) throw new Error('not JSON');
  visit(root);
  let rest = '';
  let from = 0;
  for (const { offset, length } of ranges.sort((a, b) => a.offset - b.offset)) {
    rest += `${text.slice(from, offset)}#`;
    from = offset + length;
  }
  return rest + text.slice(from);
}
