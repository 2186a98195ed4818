/**
 * Versions of a workflow as people count them: V0-1, V0-2… while it is tested, V1 when it is approved, V1-1 a variant,
 * V2-0-1… the tests of the next one, which ends as V2.
 */

/** Sorts older before newer; names that are no versions come first, in alphabetical order. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  if (!left || !right) return left ? 1 : right ? -1 : a < b ? -1 : Number(a > b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [l, r] = [left[i], right[i]];
    // V2-0-1 is on the way to V2, V1-1 comes after V1.
    if (l === undefined) return r === 0 ? 1 : -1;
    if (r === undefined) return l === 0 ? -1 : 1;
    if (l !== r) return l - r;
  }
  return 0;
}

/** Whether a version is one of a workflow that is still tested. What is no version is. */
export function isInTesting(version: string): boolean {
  const parts = partsOf(version);
  return parts === null || parts[0] === 0 || parts[1] === 0;
}

/** The version after it: V0-1, V0-2; V1, V1-1; V2-0-3, V2-0-4. Null for what is no version. */
export function nextVersion(version: string): string | null {
  const parts = partsOf(version);
  if (parts === null) return null;
  if (parts.length === 1) return `${version.trim()}-1`;
  return version.trim().replace(/\d+$/, (last) => String(Number(last) + 1).padStart(last.length, '0'));
}

/** Whether it, or what it is a variant of, was ever approved: such work is not moved on without a person's word. */
export function isApprovedWork(version: string): boolean {
  return (partsOf(version)?.[0] ?? 0) > 0;
}

function partsOf(version: string): readonly number[] | null {
  const [, numbers] = /^v(\d+(?:-\d+)*)$/i.exec(version.trim()) ?? [];
  return numbers === undefined ? null : numbers.split('-').map(Number);
}
