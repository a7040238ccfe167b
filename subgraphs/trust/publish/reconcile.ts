import { setImmediate } from 'node:timers/promises';
import type { ODSCode } from '../records.ts';
import type { Pointer, TrustSource } from '../source.ts';
import type { IdentifiedPointer, LocatorClient } from './locator-client.ts';
import { pointerId } from './pointer-id.ts';

export interface ReconcileOptions {
  readonly custodian: ODSCode;
  readonly source: Pick<TrustSource, 'pointers'>;
  readonly locator: LocatorClient;
}

/** What one round of publishing came to, in numbers of pointers. */
export interface Reconciled {
  readonly published: number;
  readonly withdrawn: number;
  /** Those that the locator will not have, by its code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Those of the source whose key another one has too. */
  readonly repeated: number;
}

const CHUNK = 5_000;

/** How often a pointer can come back after a withdrawal. */
const MOST_LIVES = 16;

/** Pauses in a long list, so that patients' records are answered meanwhile. */
const BREATH = 1_000;

/**
 * Brings the locator to hold exactly the pointers that the source has: publishes what is missing, then withdraws what is
 * gone. Nothing is changed before both lists have been read to their ends; a pointer that the locator will not have keeps
 * no other one back.
 */
export async function reconcile(
  { custodian, source, locator }: ReconcileOptions,
  signal: AbortSignal,
): Promise<Reconciled> {
  const gone = await locator.published(signal);
  const missing: Pointer[] = [];
  const keys = new Set<string>();
  let repeated = 0;
  const anyPublished = gone.size > 0;
  for await (const pointer of source.pointers(signal)) {
    if (keys.has(pointer.key)) {
      repeated += 1;
      continue;
    }
    keys.add(pointer.key);
    const id = anyPublished ? livingId(custodian, pointer.key, gone) : undefined;
    if (id === undefined) missing.push(pointer);
    else gone.delete(id);
    if (keys.size % BREATH === 0) await setImmediate();
  }
  const refused: Record<string, number> = {};
  for (const chunk of chunks(missing)) {
    for (const code of await publish(custodian, locator, chunk, signal)) refused[code] = (refused[code] ?? 0) + 1;
  }
  for (const chunk of chunks([...gone])) await locator.withdraw(chunk, signal);
  const refusals = Object.values(refused).reduce((sum, count) => sum + count, 0);
  return { published: missing.length - refusals, withdrawn: gone.size, refused, repeated };
}

/** The id under which a pointer is published now, if it is. */
function livingId(custodian: ODSCode, key: string, published: ReadonlySet<string>): string | undefined {
  for (let life = 0; life < MOST_LIVES; life += 1) {
    const id = pointerId(custodian, key, life);
    if (published.has(id)) return id;
  }
  return undefined;
}

/** Publishes what the locator will have, and returns a code for each pointer that it will not. */
async function publish(
  custodian: ODSCode,
  locator: LocatorClient,
  pointers: readonly Pointer[],
  signal: AbortSignal,
): Promise<string[]> {
  const refused: string[] = [];
  let left = pointers.map((pointer) => ({ pointer, life: 0 }));
  while (left.length > 0) {
    const identified: IdentifiedPointer[] = left.map(({ pointer, life }) => ({
      pointer,
      id: pointerId(custodian, pointer.key, life),
    }));
    const refusals = new Map((await locator.publish(identified, signal)).map(({ index, code }) => [index, code]));
    if (refusals.size === 0) break;
    left = left.flatMap(({ pointer, life }, index) => {
      const code = refusals.get(index);
      if (code === undefined) return [{ pointer, life }];
      // Its id was withdrawn once, and that is final.
      if (code === 'DUPLICATE_REJECTED' && life + 1 < MOST_LIVES) return [{ pointer, life: life + 1 }];
      refused.push(code);
      return [];
    });
  }
  return refused;
}

function* chunks<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += CHUNK) yield list.slice(from, from + CHUNK);
}
