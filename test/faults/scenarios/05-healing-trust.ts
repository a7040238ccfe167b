import { described, load, total } from '../load.ts';
import type { Scenario } from '../scenario.ts';

const FLAPPING = 'RT06';
const EVERY_MS = 3_000;

/** How long a breaker may take to open, with whatever is under way by then. */
const OPENING_MS = 1_000;

export const healingTrust: Scenario = {
  id: 5,
  title: 'One trust heals; flaps every 3 s',
  holds: [
    { id: 'again', what: 'until it is used again, the longest time', unit: 'ms', atMost: 5_000 },
    { id: 'probes', what: 'questions to it at the same time while it fails, once the breaker has opened', atMost: 1 },
    { id: 'silent', what: 'wrong answers, by the oracle', atMost: 0 },
    { id: 'whole', what: 'requests that failed whole', atMost: 0 },
    { id: 'shed', what: 'requests refused as too many', atMost: 0, inShort: false },
  ],
  async run({ world, rate, seconds, seed }) {
    const flaps = Math.max(1, Math.floor((seconds * 1_000) / (2 * EVERY_MS)));
    const healed: number[] = [];
    let probes = 0;
    const meanwhile = Array.from({ length: flaps }, (_, n) => {
      const from = n * 2 * EVERY_MS;
      return [
        // It fails at once, so that what is under way with it is what it is being asked now.
        { atMs: from, act: () => world.trusts({ [FLAPPING]: { spoils: ['server error'] } }) },
        { atMs: from + OPENING_MS, act: () => world.counts() },
        {
          atMs: from + EVERY_MS,
          act: async () => {
            const { trusts } = await world.counts();
            probes = Math.max(probes, trusts[FLAPPING]?.mostAtOnce ?? 0);
            await world.trusts({ [FLAPPING]: null });
            healed.push(from + EVERY_MS);
          },
        },
      ];
    }).flat();
    const result = await load(world, {
      rate,
      // The last time it is well for longer than it may take to be used again.
      seconds: (flaps * 2 * EVERY_MS + 4_000) / 1_000,
      seed,
      watch: FLAPPING,
      meanwhile,
    });
    await world.heal();
    const used = result.watched
      .filter(({ status }) => status.startsWith('ANSWERED'))
      .map(({ at }) => at)
      .sort((a, b) => a - b);
    const waits = healed.map((at) => (used.find((each) => each >= at) ?? Number.POSITIVE_INFINITY) - at);
    return {
      figures: {
        again: Math.max(...waits),
        probes,
        silent: total(result.wrong),
        whole: result.failedWhole,
        shed: result.shed,
      },
      notes: [
        `${flaps} times; used again after ${waits.map((ms) => `${(ms / 1_000).toFixed(1)} s`).join(', ')}`,
        ...described(result),
      ],
    };
  },
};
