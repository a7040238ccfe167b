import { createRandom } from '@caregraph/demo/population/random.ts';
import type { LocatorFault } from '../fault-locator.ts';
import { askOnce } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { DEADLINE_MS, type World } from '../world.ts';

interface Case {
  readonly fault: LocatorFault;
  /** Whether the answer must say that the index could not be relied on; of one with whom nothing is shared, nothing is said. */
  readonly saysSo: boolean;
}

const lies = (lie: Extract<LocatorFault, { lie: unknown }>['lie'], saysSo: boolean): Case => ({
  fault: { lie },
  saysSo,
});

const CASES: Readonly<Record<string, Case>> = {
  dead: { fault: { toxics: [{ type: 'down' }] }, saysSo: true },
  'slow by 10 s': {
    fault: { toxics: [{ direction: 'downstream', type: 'latency', latency: 10_000, jitter: 0 }] },
    saysSo: true,
  },
  'breaks off': { fault: { toxics: [{ direction: 'downstream', type: 'limit_data', bytes: 150 }] }, saysSo: true },
  html: { fault: { answers: 'html' }, saysSo: true },
  'data null': { fault: { answers: 'data null' }, saysSo: true },
  'about somebody else': { fault: { answers: 'somebody else' }, saysSo: true },
  'server error': { fault: { answers: 'server error' }, saysSo: true },
  'names null': lies('null', true),
  'names a text': lies('a text', true),
  'names numbers and objects': lies('numbers and objects', true),
  "names an attacker's address": lies("an attacker's address", true),
  'names __proto__': lies('prototype keys', true),
  'names unknown trusts': lies('unknown trusts', false),
  'names ten thousand': lies('ten thousand', true),
  'names each three times': lies('duplicates', true),
};

export const locator: Scenario = {
  id: 10,
  title: "locator dead, slow, empty, lying (unknown trusts, 10,000 entries, duplicates, attacker's address)",
  holds: [
    { id: 'lost', what: 'answers that lack a record of a known trust', atMost: 0, inShort: false },
    { id: 'unsaid', what: 'answers that should say that the index could not be relied on, and do not', atMost: 0 },
    { id: 'silent', what: 'wrong answers, by the oracle', atMost: 0 },
    { id: 'sink', what: "calls of the attacker's address", atMost: 0 },
    {
      id: 'longest',
      what: 'the longest answer',
      unit: 'ms',
      atMost: DEADLINE_MS + 100,
      inShort: { atMost: 2 * DEADLINE_MS },
    },
  ],
  async run({ world, seconds, seed }) {
    const random = createRandom(`locator ${seed}`);
    const notes: string[] = [];
    let [lost, unsaid, silent, longest, asked] = [0, 0, 0, 0, 0];
    const cases = Object.entries(CASES);
    for (const [name, { fault, saysSo }] of cases) {
      await untilLocated(world);
      await world.locator(fault);
      const start = performance.now();
      const unlike = new Set<string>();
      do {
        const patients = random.sample(world.truth.patients, random.pick([1, 1, 4]));
        const { verdicts, ms } = await askOnce(world, patients, false);
        longest = Math.max(longest, ms);
        verdicts.forEach(({ wrong, sources, indexLost }, i) => {
          asked++;
          const known = world.truth.known(patients[i] ?? '');
          const unheard = known.filter((code) => !sources.get(code)?.status.startsWith('ANSWERED'));
          if (unheard.length > 0) lost++;
          for (const code of unheard) {
            unlike.add(`a known trust is ${sources.get(code)?.status}: ${sources.get(code)?.reason}`);
          }
          // To name nobody three times is to name nobody.
          const isAny = !('lie' in fault) || fault.lie !== 'duplicates' || known.length > 0;
          if (saysSo && isAny && !indexLost) {
            unsaid++;
            unlike.add('it does not say that the index could not be relied on');
          }
          if (wrong.length > 0) silent++;
          for (const words of wrong) unlike.add(words);
        });
      } while (performance.now() - start < (seconds * 1_000) / cases.length);
      if (unlike.size > 0) notes.push(`${name}: ${[...unlike].join('; ')}`);
    }
    const empty = await emptily(world);
    await untilLocated(world);
    const { sink } = await world.counts();
    return {
      figures: { lost, unsaid, silent, sink, longest },
      notes: [
        `${asked} answers, one for each patient`,
        ...notes,
        `empty: that a locator names nobody for a patient who is known somewhere cannot be told by one answer from the truth about a patient who is known nowhere, and is held against nobody above. Of ${empty.asked} such answers ${empty.complete} said COMPLETE, with no sources`,
      ],
    };
  },
};

/** What is answered about patients who are known somewhere, of whom the locator says that nobody holds anything. */
async function emptily(world: World): Promise<{ readonly asked: number; readonly complete: number }> {
  await untilLocated(world);
  await world.locator({ lie: 'empty' });
  const patients = world.truth.patients.filter((each) => world.truth.known(each).length > 0).slice(0, 20);
  let complete = 0;
  for (const patient of patients) {
    const { verdicts, received } = await askOnce(world, [patient], false);
    if (verdicts[0]?.sources.size === 0 && received.text.includes('"completeness":"COMPLETE"')) complete++;
  }
  return { asked: patients.length, complete };
}

/** Waits until the locator, which is well, is relied on again. */
async function untilLocated(world: World): Promise<void> {
  await world.locator(null);
  const [patient = ''] = world.truth.patients;
  for (let n = 0; n < 200; n++) {
    const { verdicts } = await askOnce(world, [patient]);
    if (verdicts[0]?.indexLost === false) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The locator is well, and was not relied on again.');
}
