import { leaked, oneByOne, told, wrongIn } from '../one-by-one.ts';
import type { Scenario } from '../scenario.ts';
import { CANARY, type Spoil } from '../spoil.ts';

const REDIRECTS = [
  'redirect 301',
  'redirect 302',
  'redirect 303',
  'redirect 307',
  'redirect 308',
] as const satisfies readonly Spoil[];

const HEADERS = ['refresh header', 'set-cookie', 'header injection'] as const satisfies readonly Spoil[];

export const ledAstray: Scenario = {
  id: 9,
  title: 'redirect 301–308 to a sink; Set-Cookie; header injection',
  holds: [
    { id: 'sink', what: 'calls of the sink', atMost: 0 },
    { id: 'leaked', what: 'answers, heads of answers and logs with what the headers held', atMost: 0 },
    { id: 'told', what: 'of the redirects, told as a failure', unit: '%', atLeast: 100 },
    { id: 'silent', what: 'wrong answers, by the oracle', atMost: 0 },
  ],
  async run({ world, seconds }) {
    const tried = await oneByOne(world, [...REDIRECTS, ...HEADERS], { seconds });
    await world.heal();
    const redirected = tried.filter(({ spoil }) => REDIRECTS.some((each) => each === spoil));
    const failed = redirected.filter(({ statuses }) => statuses.every((each) => /^(UNAVAILABLE|INVALID)$/.test(each)));
    const { sink } = await world.counts();
    return {
      figures: {
        sink,
        leaked: leaked(world, tried, CANARY),
        told: (100 * failed.length) / redirected.length,
        silent: wrongIn(tried),
      },
      notes: [`${tried.length} times three answers`, ...told(tried)],
    };
  },
};
