import { type Arrivals, arrivals, p99, percentile, type Sample, shareServed } from '../arrivals.ts';
import { crowd, isWhole, peakGoodput } from '../crowd.ts';
import type { Scenario } from '../scenario.ts';

/** Who goes on asking all the while, of every four; and who comes on top. */
const STEADY = ['paramedic', 'community-nurse', 'midwife', 'liaison-clinician'] as const;
const RUSH = ['community-nurse', 'midwife', 'childrens-clinician', 'liaison-clinician'] as const;

/** Of what the gateway can do: what is asked all the while, as under every fault, a quarter of it by ambulances; and three times of it in the rush. */
const STEADY_SHARE = 0.6;
const RUSH_SHARE = 3 - STEADY_SHARE;

/** After the rush, in seconds: so long is looked for what it was before, a while of so long at a time. */
const AFTER = { long: 12, short: 4 };
const WHILE_MS = 1_000;

export const overload: Scenario = {
  id: 11,
  title: 'Three times what the gateway can do, then back',
  holds: [
    { id: 'goodput', what: 'goodput, of its peak', unit: '%', atLeast: 90, inShort: { atLeast: 40 } },
    { id: 'ambulance', what: 'requests of ambulances served', unit: '%', atLeast: 99, inShort: { atLeast: 80 } },
    { id: 'refusal', what: 'p99 of refusals', unit: 'ms', atMost: 50, inShort: false },
    { id: 'back', what: 'back to normal', unit: 's', atMost: 10, inShort: false },
    { id: 'otherwise', what: 'refusals without "Retry-After", or for another reason', atMost: 0 },
    { id: 'broken', what: 'requests without any answer', atMost: 0 },
  ],
  async run({ world, rate, seconds, seed, isLong }) {
    const { call } = await crowd(world, ['paramedic', ...RUSH], seed);
    let n = 0;
    const steady = () => call(STEADY[n++ % STEADY.length] ?? 'paramedic');
    const found = await peakGoodput(world, Math.max(2, seconds / 6), steady);
    // The long run has looked for it before: whichever is more, lest three times of it be less.
    const peak = isLong ? Math.max(found, rate / STEADY_SHARE) : found;
    const rushSeconds = Math.max(4, seconds / 2);
    const beforeSeconds = Math.max(2, seconds / 10);
    const afterSeconds = isLong ? AFTER.long : AFTER.short;

    let otherwise = 0;
    const refusals: number[] = [];
    const judge: Parameters<typeof arrivals>[0]['judge'] = (_n, received, sentAt) => {
      if (received.status === 503) {
        refusals.push(performance.now() - sentAt);
        if (!(Number(received.headers['retry-after']) >= 1) || !received.text.includes('"OVERLOADED"')) otherwise++;
      }
      return isWhole(received);
    };
    const { url } = world.gateway;
    let rush: Promise<Arrivals> | undefined;
    const all = await arrivals({
      url,
      rate: STEADY_SHARE * peak,
      seconds: beforeSeconds + rushSeconds + afterSeconds,
      call: steady,
      judge,
      onTime(elapsedMs) {
        if (elapsedMs < beforeSeconds * 1_000) return;
        rush ??= arrivals({
          url,
          rate: RUSH_SHARE * peak,
          seconds: rushSeconds,
          call: (each) => call(RUSH[each % RUSH.length] ?? 'midwife'),
          judge,
        });
      },
    });
    const rushed = (await rush)?.samples ?? [];
    const [from, to] = [beforeSeconds * 1_000, (beforeSeconds + rushSeconds) * 1_000];
    const within = ({ at }: Sample): boolean => at >= from && at < to;
    const good = [...all.samples.filter(within), ...rushed].filter((sample) => sample.good).length / rushSeconds;
    const ambulance = shareServed(all, (sample) => within(sample) && sample.kind === 'paramedic');
    const normal = p99(all, ({ at }) => at < from);
    return {
      figures: {
        goodput: (100 * good) / peak,
        ambulance: 100 * ambulance,
        refusal: percentile(refusals, 0.99),
        back: backAfter(all, to, 2 * normal, afterSeconds * 1_000),
        otherwise,
        broken: [...all.samples, ...rushed].filter(({ status }) => status === null).length,
      },
      notes: [
        `peak ${peak.toFixed(0)} whole answers a second, in the rush ${good.toFixed(0)}; ${refusals.length} refusals, median ${percentile(refusals, 0.5).toFixed(0)} ms, p90 ${percentile(refusals, 0.9).toFixed(0)} ms`,
        `p99 of ambulances in the rush ${p99(all, (sample) => within(sample) && sample.kind === 'paramedic').toFixed(0)} ms, of all before ${normal.toFixed(0)} ms`,
      ],
    };
  },
};

/** After how many seconds the first while begins in which everybody is answered, and no later than this; infinite when none does. */
function backAfter({ samples }: Arrivals, end: number, normalMs: number, longestMs: number): number {
  for (let from = end; from <= end + longestMs - WHILE_MS; from += 100) {
    const lap = samples.filter(({ at }) => at >= from && at < from + WHILE_MS);
    if (lap.every(({ good }) => good) && p99({ samples: lap }) <= normalMs) return (from - end) / 1_000;
  }
  return Number.POSITIVE_INFINITY;
}
