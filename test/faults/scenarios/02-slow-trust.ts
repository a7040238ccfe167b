import { p99 } from '../arrivals.ts';
import { described, ELSEWHERE, load, total } from '../load.ts';
import { openedAt } from '../opened.ts';
import { type Scenario, SLOW_TRUST, timesHealthy } from '../scenario.ts';
import { DEADLINE_MS } from '../world.ts';

export const slowTrust: Scenario = {
  id: 2,
  title: 'One trust answers 10 s later',
  holds: [
    { id: 'p99', what: 'p99 of all', unit: 'ms', atMost: DEADLINE_MS + 100, inShort: { atMost: 2 * DEADLINE_MS } },
    {
      id: 'after',
      what: 'p99 of all, after the breaker has opened, to healthy',
      unit: '×',
      atMost: 1.1,
      inShort: false,
    },
    {
      id: 'elsewhere',
      what: 'p99 of patients not known there, all along, to that of the same patients when all is well',
      unit: '×',
      atMost: 1.1,
      inShort: false,
    },
    { id: 'opened', what: 'the breaker has opened', atLeast: 1 },
    { id: 'silent', what: 'wrong answers, by the oracle', atMost: 0 },
    { id: 'whole', what: 'requests that failed whole', atMost: 0 },
    { id: 'shed', what: 'requests refused as too many', atMost: 0, inShort: false },
  ],
  async run(trial) {
    const { world, rate, seconds, seed } = trial;
    const slow = () =>
      world.trusts({
        [SLOW_TRUST]: { toxics: [{ direction: 'downstream', type: 'latency', latency: 10_000, jitter: 0 }] },
      });
    const result = await load(world, {
      rate,
      seconds,
      seed,
      watch: SLOW_TRUST,
      meanwhile: [{ atMs: 0, act: slow }],
    });
    await world.heal();
    const opened = openedAt(result.watched);
    const after = opened === null ? Number.NaN : p99(result, ({ at }) => at > opened);
    const elsewhere = p99(result, ({ kind }) => kind === ELSEWHERE);
    return {
      figures: {
        p99: p99(result),
        after: timesHealthy(after, trial),
        elsewhere: timesHealthy(elsewhere, trial, 'elsewhereP99'),
        opened: opened === null ? 0 : 1,
        silent: total(result.wrong),
        whole: result.failedWhole,
        shed: result.shed,
      },
      notes: [
        opened === null
          ? 'the breaker never opened'
          : `the breaker had opened for a request of ${(opened / 1_000).toFixed(1)} s after the beginning`,
        ...described(result),
      ],
    };
  },
};
