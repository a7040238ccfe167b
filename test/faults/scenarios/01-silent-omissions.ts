import { createRandom, type Random } from '@caregraph/demo/population/random.ts';
import type { LocatorFault } from '../fault-locator.ts';
import type { TrustFault } from '../fault-trust.ts';
import { described, load, total } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { SPOILS, type Spoil } from '../spoil.ts';
import type { Toxic } from '../tcp-proxy.ts';
import { TRUST_CODES } from '../truth.ts';

/** The faults are others this often. */
const EVERY_MS = 1_500;

/** So many patients are named by each request; the oracle judges each patient's answer on its own. */
const PATIENTS = 8;

/** What a network does to the answers of a trust, or to the questions that it is asked. */
const NETWORK: readonly Toxic[] = [
  { type: 'down' },
  { direction: 'downstream', type: 'latency', latency: 10_000, jitter: 0 },
  { direction: 'downstream', type: 'latency', latency: 300, jitter: 300 },
  { direction: 'upstream', type: 'latency', latency: 300, jitter: 300 },
  { direction: 'downstream', type: 'timeout', timeout: 0 },
  { direction: 'downstream', type: 'timeout', timeout: 300 },
  { direction: 'upstream', type: 'timeout', timeout: 0 },
  { direction: 'downstream', type: 'reset_peer', timeout: 0 },
  { direction: 'downstream', type: 'reset_peer', timeout: 50 },
  { direction: 'downstream', type: 'slow_close', delay: 500 },
  { direction: 'downstream', type: 'bandwidth', rate: 2 },
  { direction: 'upstream', type: 'bandwidth', rate: 2 },
  { direction: 'downstream', type: 'slicer', average_size: 20, size_variation: 10, delay: 500 },
  { direction: 'upstream', type: 'slicer', average_size: 50, size_variation: 10, delay: 500 },
  { direction: 'downstream', type: 'limit_data', bytes: 100 },
  { direction: 'downstream', type: 'limit_data', bytes: 1_500 },
  { direction: 'upstream', type: 'limit_data', bytes: 700 },
];

const LOCATOR: readonly LocatorFault[] = [
  { toxics: [{ type: 'down' }] },
  { toxics: [{ direction: 'downstream', type: 'latency', latency: 10_000, jitter: 0 }] },
  { toxics: [{ direction: 'downstream', type: 'limit_data', bytes: 100 }] },
  { answers: 'html' },
  { answers: 'data null' },
  { answers: 'somebody else' },
  { answers: 'server error' },
  { lie: 'null' },
  { lie: 'duplicates' },
  { lie: 'a text' },
];

/** What floods the wire is done to few calls, so that the machine is left to the others. */
const HEAVY = /bomb|endless|million/;

const isSpoil = (name: string): name is Spoil => Object.hasOwn(SPOILS, name);
const SPOIL_NAMES = Object.keys(SPOILS).filter(isSpoil);

function randomFault(random: Random): TrustFault {
  if (random.chance(0.35)) return { toxics: [random.pick(NETWORK)] };
  const spoil = random.pick(SPOIL_NAMES);
  return { spoils: [spoil], share: HEAVY.test(spoil) ? 0.02 : random.pick([1, 0.5, 0.2]) };
}

export const silentOmissions: Scenario = {
  id: 1,
  title: 'Any fault, and random pairs of them',
  holds: [
    { id: 'silent', what: 'silent omissions, by the oracle', atMost: 0 },
    { id: 'judged', what: 'answers judged, one for each patient', atLeast: 100_000, inShort: { atLeast: 150 } },
    { id: 'whole', what: 'requests that failed whole', atMost: 0, inShort: false },
    { id: 'shed', what: 'requests refused as too many', atMost: 0, inShort: false },
  ],
  async run({ world, rate, seconds, seed, isLong }) {
    const random = createRandom(`pairs ${seed}`);
    // Eight patients cost about as much as three requests for one.
    const requests = Math.max(10, rate / 4);
    const wanted = isLong ? 100_000 : 0;
    const lasting = Math.max(seconds, (wanted * 1.02) / (requests * PATIENTS));
    const steps = Math.ceil((lasting * 1_000) / EVERY_MS);
    let applied = 0;
    const change = async (): Promise<void> => {
      applied++;
      // One of the ten, or two; once in eight times the locator as well.
      const faulty = random.sample(TRUST_CODES, random.chance(0.5) ? 1 : 2);
      await world.trusts(
        Object.fromEntries(TRUST_CODES.map((code) => [code, faulty.includes(code) ? randomFault(random) : null])),
      );
      await world.locator(random.chance(0.125) ? random.pick(LOCATOR) : null);
    };
    const result = await load(world, {
      rate: requests,
      seconds: lasting,
      seed,
      patients: PATIENTS,
      meanwhile: Array.from({ length: steps }, (_, n) => ({ atMs: n * EVERY_MS, act: change })),
    });
    await world.heal();
    return {
      figures: { silent: total(result.wrong), judged: result.judged, whole: result.failedWhole, shed: result.shed },
      notes: [
        `${result.samples.length} requests for ${PATIENTS} patients each; the faults of one trust or two, drawn anew every ${EVERY_MS / 1_000} s, ${applied} times; once in eight times the locator's as well`,
        ...[...result.unwell].map(([why, count]) => `${count} × a trust that was well by then is said to be ${why}`),
        ...described(result),
      ],
    };
  },
};
