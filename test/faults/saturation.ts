import { createRandom } from '@caregraph/demo/population/random.ts';
import { Agent } from 'undici';
import { type Arrivals, arrivals, type Call, exchange, goodput, p99, type Received } from './arrivals.ts';
import { ONE } from './questions.ts';
import { DEADLINE_MS, type World } from './world.ts';

/** What the gateway can do with everybody well. */
export interface Saturation {
  /** The most good answers a second within the deadline, of the rates that were sustained. */
  readonly goodput: number;
  /** Each rate that was tried: requests a second, good answers a second within the deadline, and the p99 in milliseconds. */
  readonly steps: readonly { readonly rate: number; readonly goodput: number; readonly p99: number }[];
}

/** Enough at once that the gateway is never without work, and few enough that none is refused. */
const AT_ONCE = 16;

/** The first rate that is tried, of what so many at once come to; and how the rates grow. */
const FIRST_SHARE = 0.4;
const FACTOR = 1.2;

/** Of the requests, so many must be answered well and within the deadline for the rate to be sustained. */
const SUSTAINED = 0.95;

const isSustained = ({ rate, goodput: good }: { readonly rate: number; readonly goodput: number }): boolean =>
  good >= SUSTAINED * rate;

const isGood = ({ status, text }: Received): boolean => status === 200 && text.includes('"completeness":"COMPLETE"');

/**
 * Asks faster and faster until the gateway no longer follows: its goodput is then past its knee. Each rate goes on for some
 * seconds, and whatever has queued up is let drain before the next. Before that the gateway is kept busy for four times as
 * long: it does not show what it can do until it is compiled.
 */
export async function saturation(world: World, seed: string, stepSeconds: number): Promise<Saturation> {
  const authorization = await world.authorization();
  const random = createRandom(`saturation ${seed}`);
  const call = (): Call => ({
    kind: 'healthy',
    headers: { authorization },
    body: JSON.stringify({ query: ONE, variables: { n: random.pick(world.truth.patients) } }),
  });
  const step = (rate: number): Promise<Arrivals> =>
    arrivals({
      url: world.gateway.url,
      rate,
      seconds: stepSeconds,
      call,
      judge: (_, received) => isGood(received),
    });
  await answeredBusily(world, call, 3 * stepSeconds);
  const busy = await answeredBusily(world, call, stepSeconds);
  const first = Math.max(10, Math.round(busy * FIRST_SHARE));
  const steps: Saturation['steps'][number][] = [];
  for (let rate = first, misses = 0; misses < 2; rate = Math.round(rate * FACTOR)) {
    const result = await step(rate);
    const good = goodput(result, DEADLINE_MS);
    steps.push({ rate, goodput: good, p99: p99(result) });
    // One step may be the machine's doing; two in a row are the gateway's.
    misses = isSustained({ rate, goodput: good }) ? 0 : misses + 1;
  }
  return { goodput: Math.max(first / 2, ...steps.filter(isSustained).map((each) => each.goodput)), steps };
}

/** Good answers a second, when so many at once each ask again as soon as they are answered (a closed loop). */
async function answeredBusily(world: World, call: () => Call, seconds: number): Promise<number> {
  const agent = new Agent({ connections: AT_ONCE, pipelining: 1 });
  const { origin } = new URL(world.gateway.url);
  const end = performance.now() + seconds * 1_000;
  let good = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < end) {
        const { body, headers } = call();
        if (isGood(await exchange(agent, origin, body, headers))) good++;
      }
    }),
  );
  await agent.close();
  return good / seconds;
}
