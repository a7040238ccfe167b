import { setTimeout as sleep } from 'node:timers/promises';
import { askOnce, type Judged, total } from './load.ts';
import type { Spoil } from './spoil.ts';
import { TRUST_CODES } from './truth.ts';
import { patientsOfTrust, untilUsed } from './until.ts';
import type { World } from './world.ts';

/** Fewer than open a breaker. */
const FAULTY_AT_ONCE = 3;

/** After a fault, so many good answers, so that the next is not met by a breaker. */
const GOOD_BETWEEN = 6;

/** The answers that a gateway gave while a trust spoilt its own in one way. */
export interface Tried {
  readonly spoil: Spoil;
  readonly odsCode: string;
  readonly answers: readonly Judged[];
  /** What the answers said of the trust, each once. */
  readonly statuses: readonly string[];
  /** What is wrong with the answers, by the oracle. */
  readonly wrong: ReadonlyMap<string, number>;
}

/**
 * Has one trust after another spoil its answers, each in one way, and asks a few times while it does: too few times for a
 * breaker to open, so that every spoilt answer is met.
 *
 * @param patients how many patients of the trust each request names.
 */
export async function oneByOne(
  world: World,
  spoils: readonly Spoil[],
  { seconds, patients = 1 }: { readonly seconds: number; readonly patients?: number },
): Promise<readonly Tried[]> {
  const start = performance.now();
  const tried: Tried[] = [];
  let turn = 0;
  do {
    for (const spoil of spoils) {
      const odsCode = TRUST_CODES[turn++ % TRUST_CODES.length] ?? '';
      const all = patientsOfTrust(world, odsCode);
      const chosen = (n: number): string[] =>
        Array.from({ length: patients }, (_, i) => all[(turn * 7 + n * patients + i) % all.length] ?? '');
      await untilUsed(world, odsCode);
      await world.trusts({ [odsCode]: { spoils: [spoil] } });
      const answers = await Promise.all(Array.from({ length: FAULTY_AT_ONCE }, (_, n) => askOnce(world, chosen(n))));
      await world.trusts({ [odsCode]: null });
      await Promise.all(Array.from({ length: GOOD_BETWEEN }, (_, n) => askOnce(world, chosen(n).slice(0, 1))));
      const verdicts = answers.flatMap((each) => each.verdicts);
      const wrong = new Map<string, number>();
      for (const words of verdicts.flatMap((each) => each.wrong)) wrong.set(words, (wrong.get(words) ?? 0) + 1);
      const statuses = [...new Set(verdicts.map(({ sources }) => sources.get(odsCode)?.status ?? 'not there'))];
      tried.push({ spoil, odsCode, answers, statuses, wrong });
    }
    await sleep(0);
  } while (performance.now() - start < seconds * 1_000);
  return tried;
}

/** How many answers were wrong in any way. */
export const wrongIn = (tried: readonly Tried[]): number => tried.reduce((sum, { wrong }) => sum + total(wrong), 0);

/** What was wrong, and what was said of each fault, a line each. */
export function told(tried: readonly Tried[]): readonly string[] {
  const statuses = new Map<string, Set<string>>();
  const wrongs = new Set<string>();
  for (const { spoil, statuses: said, wrong } of tried) {
    for (const status of said) statuses.set(spoil, (statuses.get(spoil) ?? new Set()).add(status));
    for (const words of wrong.keys()) wrongs.add(`WRONG, ${spoil}: ${words}`);
  }
  const bySaid = new Map<string, string[]>();
  for (const [spoil, said] of statuses) {
    const key = [...said].sort().join(' or ');
    bySaid.set(key, [...(bySaid.get(key) ?? []), spoil]);
  }
  return [...wrongs, ...[...bySaid].map(([said, spoils]) => `${said}: ${spoils.join(', ')}`)];
}

/** What in the head of an answer, or in the log, is of a faulty trust's own making. */
export const leaked = (world: World, tried: readonly Tried[], canary: string): number =>
  tried.flatMap(({ answers }) => answers).filter(({ received }) => JSON.stringify(received.headers).includes(canary))
    .length + (world.gateway.log().includes(canary) ? 1 : 0);

/** Whether the gateway's process is still the one that was started. */
export const isRunning = ({ gateway: { child } }: World): boolean =>
  child.exitCode === null && child.signalCode === null;
