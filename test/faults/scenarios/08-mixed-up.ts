import { isRunning, oneByOne, told, wrongIn } from '../one-by-one.ts';
import type { Scenario } from '../scenario.ts';
import type { Spoil } from '../spoil.ts';

/** What makes one patient's answer into another's. */
const MIXED_UP = [
  'entities reversed',
  'entities doubled',
  'entities short',
  'keys swapped',
  'key missing',
  'key of another',
] as const satisfies readonly Spoil[];

/** What claims to be somebody else's, where nobody looks. */
const CLAIMED = ['a foreign custodian', 'prototype keys'] as const satisfies readonly Spoil[];

const ALLOWED: Readonly<Record<string, readonly string[]>> = Object.fromEntries([
  ...MIXED_UP.map((spoil) => [spoil, ['INVALID']]),
  ...CLAIMED.map((spoil) => [spoil, ['ANSWERED', 'INVALID', 'PARTIAL']]),
]);

export const mixedUp: Scenario = {
  id: 8,
  title:
    "entities reversed, doubled, short, keys swapped or missing, another patient's real record, a foreign custodian claimed, `__proto__`/`constructor` keys",
  holds: [
    { id: 'wrong', what: 'records of a wrong patient, and other wrong answers, by the oracle', atMost: 0 },
    { id: 'told', what: 'of the answers that were mixed up, set aside', unit: '%', atLeast: 100 },
    { id: 'polluted', what: 'prototypes with something in them', atMost: 0 },
    { id: 'crashes', what: 'crashes', atMost: 0 },
  ],
  async run({ world, seconds }) {
    const tried = await oneByOne(world, [...MIXED_UP, ...CLAIMED], { seconds, patients: 4 });
    await world.heal();
    const right = tried.filter(({ spoil, statuses }) => statuses.every((each) => ALLOWED[spoil]?.includes(each)));
    const { prototypesClean } = await world.gateway.held();
    return {
      figures: {
        wrong: wrongIn(tried),
        told: (100 * right.length) / tried.length,
        polluted: prototypesClean ? 0 : 1,
        crashes: isRunning(world) ? 0 : 1,
      },
      notes: [
        `${tried.length} times three requests for four patients each`,
        ...told(tried),
        'A trust that answers with the right key, and under it with records that are not that patient’s, cannot be found out by anybody but itself.',
      ],
    };
  },
};
