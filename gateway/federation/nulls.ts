type Path = readonly (string | number)[];

interface Located {
  readonly path?: Path | undefined;
}

/** The paths of nulls in a response's data that none of its errors explains. */
export function hiddenNulls(data: unknown, errors: readonly Located[], path: Path = []): Path[] {
  if (data === null) return isExplained(path, errors) ? [] : [path];
  if (Array.isArray(data)) return data.flatMap((item: unknown, i) => hiddenNulls(item, errors, [...path, i]));
  if (typeof data !== 'object' || data === undefined) return [];
  return Object.entries(data).flatMap(([key, value]: [string, unknown]) => hiddenNulls(value, errors, [...path, key]));
}

/** Whether an error stands at a path, above it, or below it, from where it made the value null. */
export function isExplained(path: Path, errors: readonly Located[]): boolean {
  return errors.some(({ path: at }) => at?.every((part, i) => i >= path.length || part === path[i]) ?? false);
}
