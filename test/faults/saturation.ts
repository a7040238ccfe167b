import { createRandom } from '@caregraph/demo/population/random.ts';
import { type Arrivals, arrivals, goodput, p99 } from './arrivals.ts';
import { ONE } from './questions.ts';
import { DEADLINE_MS, type World } from './world.ts';

/** What the gateway can do with everybody well. */
export interface Saturation {
  /** The most good answers a second within the deadline, of the rates that were sustained. */
  readonly goodput: number;
  /** Each rate that was tried: requests a second, good answers a second within the deadline, and the p99 in milliseconds. */
  readonly steps: readonly { readonly rate: number; readonly goodput: number; readonly p99: number }[];
}

const FIRST_RATE = 50;
const FACTOR = 1.25;

/** Of the requests, so many must be answered well and within the deadline for the rate to be sustained. */
const SUSTAINED = 0.95;

const isSustained = ({ rate, goodput: good }: { readonly rate: number; readonly goodput: number }): boolean =>
  good >= SUSTAINED * rate;

/**
 * Asks faster and faster until the gateway no longer follows: its goodput is then past its knee. Each rate goes on for some
 * seconds, and whatever has queued up is let drain before the next.
 */
export async function saturation(world: World, seed: string, stepSeconds: number): Promise<Saturation> {
  const authorization = await world.authorization();
  const random = createRandom(`saturation ${seed}`);
  const step = (rate: number, seconds = stepSeconds): Promise<Arrivals> =>
    arrivals({
      url: world.gateway.url,
      rate,
      seconds,
      call: () => ({
        kind: 'healthy',
        headers: { authorization },
        body: JSON.stringify({ query: ONE, variables: { n: random.pick(world.truth.patients) } }),
      }),
      judge: (_, { status, text }) => status === 200 && text.includes('"completeness":"COMPLETE"'),
    });
  await step(20, 3);
  await step(FIRST_RATE, 3);
  const steps: Saturation['steps'][number][] = [];
  for (let rate = FIRST_RATE, misses = 0; misses < 2; rate = Math.round(rate * FACTOR)) {
    const result = await step(rate);
    const good = goodput(result, DEADLINE_MS);
    steps.push({ rate, goodput: good, p99: p99(result) });
    // One step may be the machine's doing; two in a row are the gateway's.
    misses = isSustained({ rate, goodput: good }) ? 0 : misses + 1;
  }
  return { goodput: Math.max(FIRST_RATE / 2, ...steps.filter(isSustained).map((each) => each.goodput)), steps };
}
