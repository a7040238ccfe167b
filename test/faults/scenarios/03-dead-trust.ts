import { p99 } from '../arrivals.ts';
import type { TrustFault } from '../fault-trust.ts';
import { described, load, total } from '../load.ts';
import { isHeldOff, openedAt } from '../opened.ts';
import { type Scenario, timesHealthy } from '../scenario.ts';
import { untilUsed } from '../until.ts';

const DEAD = 'RT04';
const FAILURES = 5;
const WITHIN_MS = 1_000;

const PHASES: Readonly<Record<string, readonly { readonly afterMs: number; readonly fault: TrustFault }[]>> = {
  // Nobody listens, and it was so before anybody came.
  refused: [{ afterMs: 0, fault: { toxics: [{ type: 'down' }] } }],
  reset: [{ afterMs: 0, fault: { toxics: [{ direction: 'upstream', type: 'reset_peer', timeout: 0 }] } }],
  // It takes its time first, so that it dies with questions in its hands.
  killed: [
    { afterMs: 0, fault: { toxics: [{ direction: 'downstream', type: 'latency', latency: 250, jitter: 0 }] } },
    { afterMs: 500, fault: { toxics: [{ type: 'down' }] } },
  ],
};

export const deadTrust: Scenario = {
  id: 3,
  title: 'One trust is refused, reset, killed',
  holds: [
    { id: 'whole', what: 'requests that failed whole', atMost: 0 },
    { id: 'shed', what: 'requests refused as too many', atMost: 0, inShort: false },
    { id: 'p99', what: 'p99 of all, the worst of the three, to healthy', unit: '×', atMost: 1.2, inShort: false },
    {
      id: 'late',
      what: `times of three that the breaker was open neither within 1 s nor after ${FAILURES} failures`,
      atMost: 0,
    },
    { id: 'silent', what: 'wrong answers, by the oracle', atMost: 0 },
  ],
  async run(trial) {
    const { world, rate, seconds, seed } = trial;
    const notes: string[] = [];
    let [whole, shed, silent, late, worst] = [0, 0, 0, 0, 0];
    for (const [name, steps] of Object.entries(PHASES)) {
      const from = steps.at(-1)?.afterMs ?? 0;
      const result = await load(world, {
        rate,
        seconds: Math.max(2.5, seconds / 3),
        seed: `${seed} ${name}`,
        watch: DEAD,
        meanwhile: steps.map(({ afterMs, fault }) => ({ atMs: afterMs, act: () => world.trusts({ [DEAD]: fault }) })),
      });
      await world.heal();
      await untilUsed(trial.world, DEAD);
      const opened = openedAt(result.watched, from);
      const failures = result.watched.filter(
        (each) =>
          each.at >= from &&
          each.at < (opened ?? Number.POSITIVE_INFINITY) &&
          !each.status.startsWith('ANSWERED') &&
          !isHeldOff(each),
      ).length;
      const inTime = failures <= FAILURES || (opened !== null && opened - from <= WITHIN_MS);
      whole += result.failedWhole;
      shed += result.shed;
      silent += total(result.wrong);
      late += inTime ? 0 : 1;
      worst = Math.max(worst, p99(result));
      const when =
        opened === null
          ? `not open after ${failures} failures`
          : `open after ${((opened - from) / 1_000).toFixed(2)} s and ${failures} failures`;
      notes.push(`${name}: ${when}; p99 ${p99(result).toFixed(0)} ms`, ...described(result));
    }
    return { figures: { whole, shed, p99: timesHealthy(worst, trial), late, silent }, notes };
  },
};
