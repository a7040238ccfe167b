type Path = readonly (string | number)[];

interface Located {
  readonly path?: Path | undefined;
}

/** Whether a response's data holds a null that no error at its place, or above it, explains. */
export function hasUnexplainedNull(data: unknown, errors: readonly Located[], path: Path = []): boolean {
  if (data === null) return !errors.some(({ path: at }) => at && isAtOrAbove(at, path));
  if (typeof data !== 'object') return false;
  const entries: readonly [string | number, unknown][] = Array.isArray(data)
    ? data.map((item: unknown, i) => [i, item])
    : Object.entries(data);
  return entries.some(([key, value]) => hasUnexplainedNull(value, errors, [...path, key]));
}

/** Whether an error stands at a path, above it, or below it, from where it may have made the value null. */
export function isExplained(path: Path, errors: readonly Located[]): boolean {
  return errors.some(({ path: at }) => at && (isAtOrAbove(at, path) || isAtOrAbove(path, at)));
}

const isAtOrAbove = (path: Path, other: Path): boolean =>
  path.length <= other.length && path.every((part, i) => part === other[i]);
