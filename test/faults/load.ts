import { createRandom } from '@caregraph/demo/population/random.ts';
import { Agent } from 'undici';
import { type Arrivals, arrivals, exchange, type Received } from './arrivals.ts';
import { judge, type Said, type Verdict } from './oracle.ts';
import { MANY, ONE } from './questions.ts';
import { CANARY } from './spoil.ts';
import type { World } from './world.ts';

/** What is wrong with answers, in words, and of how many each is said. */
export type Wrongs = ReadonlyMap<string, number>;

/** What an answer said of the trust that is watched. */
export interface Watched extends Said {
  /** When the request was to be sent, in milliseconds from the beginning of the load. */
  readonly at: number;
}

export interface LoadOptions {
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly seed: string;
  /** A trust of which it is to be told what the answers say. */
  readonly watch?: string;
  /** How many patients a request names: one by default. */
  readonly patients?: number;
  /** What is done while the load goes on, and after how many milliseconds. */
  readonly meanwhile?: readonly { readonly atMs: number; readonly act: () => Promise<unknown> }[];
  /** Whether the locator is true all the while; so by default. */
  readonly indexTrue?: boolean;
}

/** What a load has come to, judged. */
export interface Loaded extends Arrivals {
  /** How many patients' answers were judged. */
  readonly judged: number;
  /** What is wrong with the answers that came. */
  readonly wrong: Wrongs;
  /** How many requests were refused by a gateway that has no processor for them: at this rate, none should be. */
  readonly shed: number;
  /** How many others had no answer, or one with another status than 200. */
  readonly failedWhole: number;
  /** How both failed, and how many each way. */
  readonly failures: Wrongs;
  readonly watched: readonly Watched[];
  /** Why answers said of a trust that was well all the while that it had not answered, and how many each. */
  readonly unwell: Wrongs;
}

/** The kind of a sample: whether the trust that is watched knows the patient. */
export const THERE = 'known there';
export const ELSEWHERE = 'not known there';

/** Loads the gateway at a constant rate, with patients drawn by the seed, and has the oracle judge every answer. */
export async function load(world: World, options: LoadOptions): Promise<Loaded> {
  const { rate, seconds, seed, watch, patients = 1, meanwhile = [], indexTrue = true } = options;
  const { truth } = world;
  const random = createRandom(`load ${seed}`);
  const authorization = await world.authorization();
  const asked = new Map<number, readonly string[]>();
  const wrong = new Map<string, number>();
  const failures = new Map<string, number>();
  const watched: Watched[] = [];
  const unwell = new Map<string, number>();
  let [judged, shed, failedWhole] = [0, 0, 0];

  const due = meanwhile.toSorted((one, other) => one.atMs - other.atMs);
  const acting: Promise<unknown>[] = [];
  const result = await arrivals({
    url: world.gateway.url,
    rate,
    seconds,
    call: (n) => {
      const chosen = random.sample(truth.patients, patients);
      asked.set(n, chosen);
      const [first = ''] = chosen;
      const body = patients === 1 ? { query: ONE, variables: { n: first } } : { query: MANY, variables: { n: chosen } };
      return {
        kind: watch && chosen.some((each) => truth.known(each).includes(watch)) ? THERE : ELSEWHERE,
        headers: { authorization },
        body: JSON.stringify(body),
      };
    },
    judge: (n, { status, text }, sentAt) => {
      const chosen = asked.get(n) ?? [];
      asked.delete(n);
      if (status !== 200) {
        const code = /"code":"(\w+)"/.exec(text)?.[1] ?? '';
        if (code === 'OVERLOADED') shed++;
        else failedWhole++;
        count(failures, status === null ? 'no answer' : `HTTP ${status} ${code}`.trim());
        return false;
      }
      const faulty = world.faulty(sentAt, performance.now());
      const verdicts = judge({ truth, faulty, indexTrue, canary: CANARY }, chosen, text);
      judged += verdicts.length;
      for (const verdict of verdicts) {
        for (const words of verdict.wrong) count(wrong, words);
        const said = watch === undefined ? undefined : verdict.sources.get(watch);
        if (said) watched.push({ ...said, at: (n * 1_000) / rate });
        for (const [code, { status: each, reason }] of verdict.sources) {
          if (!faulty.has(code) && !each.startsWith('ANSWERED')) count(unwell, `${each}: ${reason}`);
        }
      }
      return verdicts.every((verdict) => verdict.wrong.length === 0);
    },
    onTime: (elapsedMs) => {
      while (due[0] && due[0].atMs <= elapsedMs) acting.push(due.shift()?.act() ?? Promise.resolve());
    },
  });
  await Promise.all(acting);
  return { ...result, judged, wrong, shed, failedWhole, failures, watched, unwell };
}

function count(counts: Map<string, number>, words: string): void {
  counts.set(words, (counts.get(words) ?? 0) + 1);
}

/** How many answers are wrong in any way. */
export const total = (wrong: Wrongs): number => [...wrong.values()].reduce((sum, count) => sum + count, 0);

/** What is wrong with answers, and how requests failed whole, a line each, the most frequent first. */
export const described = ({ wrong, failures }: Pick<Loaded, 'wrong' | 'failures'>): readonly string[] =>
  [...wrong, ...failures]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, 10)
    .map(([words, count]) => `${count} × ${words}`);

/** One answer, judged. */
export interface Judged {
  readonly verdicts: readonly Verdict[];
  readonly received: Received;
  readonly ms: number;
}

/** Asks about some patients in one request, and has the oracle judge the answer. */
export async function askOnce(world: World, nhsNumbers: readonly string[], indexTrue = true): Promise<Judged> {
  const [n = ''] = nhsNumbers;
  const body =
    nhsNumbers.length === 1 ? { query: ONE, variables: { n } } : { query: MANY, variables: { n: nhsNumbers } };
  const agent = new Agent({ connections: 1 });
  const sentAt = performance.now();
  const headers = { authorization: await world.authorization() };
  const received = await exchange(agent, new URL(world.gateway.url).origin, JSON.stringify(body), headers);
  const at = performance.now();
  await agent.close();
  const circumstances = { truth: world.truth, faulty: world.faulty(sentAt, at), indexTrue, canary: CANARY };
  return { verdicts: judge(circumstances, nhsNumbers, received.text), received, ms: at - sentAt };
}
