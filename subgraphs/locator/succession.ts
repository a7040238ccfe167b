/** What succession needs to know of an organisation. */
export interface Succeeded {
  /** The last day on which it existed, `YYYY-MM-DD`; `null` while no end is known. */
  readonly validTo: string | null;
  /** The ODS codes of the organisations that took over what it did. */
  readonly succeededBy: readonly string[];
}

/** Whether an organisation has closed: its last day lies before today. */
export function isClosed({ validTo }: Pick<Succeeded, 'validTo'>, today: string): boolean {
  return validTo !== null && validTo < today;
}

/**
 * The organisations at which the records of an organisation are found today: itself while it is open, its successors
 * once it has closed, and theirs when they have closed too.
 *
 * Somebody is always named, because a patient whose custodian vanished would look like a patient without records: a
 * closed organisation with no successor stands for itself, and so does one whose successors lead nowhere but in a circle.
 *
 * @param organisations those that can be reached from `odsCode`, by ODS code.
 * @param today the day in the United Kingdom, `YYYY-MM-DD`.
 */
export function openSuccessors(
  odsCode: string,
  organisations: ReadonlyMap<string, Succeeded>,
  today: string,
): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const waiting = [odsCode];
  for (let code = waiting.pop(); code !== undefined; code = waiting.pop()) {
    if (seen.has(code)) continue;
    seen.add(code);
    const organisation = organisations.get(code);
    if (organisation && isClosed(organisation, today) && organisation.succeededBy.length > 0) {
      waiting.push(...organisation.succeededBy);
    } else {
      found.add(code);
    }
  }
  return found.size > 0 ? found : new Set([odsCode]);
}

/**
 * The circles of a succession, each once, as the ODS codes along it: an organisation that in the end succeeds itself is a
 * mistake in the data.
 */
export function circles(organisations: ReadonlyMap<string, Pick<Succeeded, 'succeededBy'>>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const follow = (code: string, path: readonly string[]): void => {
    const start = path.indexOf(code);
    if (start >= 0) {
      found.push(path.slice(start));
      return;
    }
    if (done.has(code)) return;
    for (const next of organisations.get(code)?.succeededBy ?? []) follow(next, [...path, code]);
    done.add(code);
  };
  for (const code of organisations.keys()) follow(code, []);
  return found;
}
