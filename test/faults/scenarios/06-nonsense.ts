import { isRunning, leaked, oneByOne, told, wrongIn } from '../one-by-one.ts';
import type { Scenario } from '../scenario.ts';
import { CANARY, type Spoil } from '../spoil.ts';

/** What is no GraphQL response, or none of this request. */
const WHOLE = [
  'html',
  'html as json',
  'wrong content type',
  'empty object',
  'null',
  'array',
  'no content',
  'no body',
  'truncated json',
  'bad utf-8',
  'data null',
  'null entity',
] as const satisfies readonly Spoil[];

/** What spoils one record of a list. */
const RECORD = [
  'wrong types',
  'unknown enum value',
  'null in non-null',
  'field left out',
  'record is a text',
] as const satisfies readonly Spoil[];

/** What is more than was asked, and harms nothing. */
const MORE = ['extra data'] as const satisfies readonly Spoil[];

/** What says itself that it has failed, in words that are nobody's business. */
const STATED = ['error with words', 'server error'] as const satisfies readonly Spoil[];

const ALLOWED: Readonly<Record<string, readonly string[]>> = Object.fromEntries([
  ...WHOLE.map((spoil) => [spoil, ['INVALID']]),
  // A patient of whom the trust holds one record in all has none left.
  ...RECORD.map((spoil) => [spoil, ['PARTIAL', 'INVALID']]),
  ...MORE.map((spoil) => [spoil, ['ANSWERED']]),
  ...STATED.map((spoil) => [spoil, ['PARTIAL', 'UNAVAILABLE']]),
]);

export const nonsense: Scenario = {
  id: 6,
  title:
    'HTML with 200, `{}`, `null`, array, 204, truncated JSON, bad UTF-8, wrong content type, null entity, extra data, wrong types, unknown enum value, null in non-null',
  holds: [
    { id: 'told', what: 'of the answers, `INVALID` or a quarantined record, as it should be', unit: '%', atLeast: 100 },
    { id: 'crashes', what: 'crashes', atMost: 0 },
    { id: 'leaked', what: 'answers, heads of answers and logs with a byte of it', atMost: 0 },
    { id: 'silent', what: 'wrong answers, by the oracle', atMost: 0 },
  ],
  async run({ world, seconds }) {
    const tried = await oneByOne(world, [...WHOLE, ...RECORD, ...MORE, ...STATED], { seconds });
    await world.heal();
    const right = tried.filter(({ spoil, statuses }) => statuses.every((each) => ALLOWED[spoil]?.includes(each)));
    return {
      figures: {
        told: (100 * right.length) / tried.length,
        crashes: isRunning(world) ? 0 : 1,
        leaked: leaked(world, tried, CANARY),
        silent: wrongIn(tried),
      },
      notes: [`${tried.length} times three answers`, ...told(tried)],
    };
  },
};
