import { setTimeout as sleep } from 'node:timers/promises';
import { askOnce } from '../load.ts';
import { isRunning } from '../one-by-one.ts';
import type { Scenario } from '../scenario.ts';
import type { Spoil } from '../spoil.ts';
import { patientsOfTrust, untilUsed } from '../until.ts';
import { DEADLINE_MS } from '../world.ts';

const BOMBER = 'RT07';
const MEBIBYTE = 2 ** 20;

const BOMBS = [
  'gzip bomb',
  'brotli bomb',
  'nested bomb',
  'a million deep',
  'a million objects deep',
  'endless chunks',
  'endless spaces',
] as const satisfies readonly Spoil[];

export const bombs: Scenario = {
  id: 7,
  title: 'gzip and brotli bombs, nested; JSON a million deep; endless chunks',
  holds: [
    { id: 'memory', what: 'more memory in use for one call, at the most', unit: 'MiB', atMost: 32 },
    { id: 'invalid', what: 'of the answers, `INVALID`', unit: '%', atLeast: 100 },
    {
      id: 'longest',
      what: 'the longest answer',
      unit: 'ms',
      atMost: DEADLINE_MS + 100,
      inShort: { atMost: 2 * DEADLINE_MS },
    },
    { id: 'crashes', what: 'crashes', atMost: 0 },
    { id: 'silent', what: 'wrong answers, by the oracle', atMost: 0 },
  ],
  async run({ world, seconds, isLong }) {
    const patients = patientsOfTrust(world, BOMBER);
    const start = performance.now();
    const most = new Map<string, number>();
    const statuses = new Map<string, Set<string>>();
    const wrong = new Set<string>();
    let [longest, calls, invalid] = [0, 0, 0];
    const once = async (name: string): Promise<void> => {
      const before = await world.gateway.held();
      const patient = patients[calls % patients.length] ?? '';
      const { verdicts, ms } = await askOnce(world, [patient]);
      const { mostMemory } = await world.gateway.held();
      const [verdict] = verdicts;
      const status = verdict?.sources.get(BOMBER)?.status ?? 'not there';
      most.set(name, Math.max(most.get(name) ?? 0, mostMemory - before.memory));
      statuses.set(name, (statuses.get(name) ?? new Set()).add(status));
      for (const words of verdict?.wrong ?? []) wrong.add(`WRONG, ${name}: ${words}`);
      if (name === 'a healthy answer') return;
      longest = Math.max(longest, ms);
      calls++;
      if (status === 'INVALID') invalid++;
    };
    do {
      for (const bomb of BOMBS) {
        await untilUsed(world, BOMBER);
        await once('a healthy answer');
        await world.trusts({ [BOMBER]: { spoils: [bomb] } });
        for (let n = 0; n < (isLong ? 2 : 1); n++) await once(bomb);
        await world.trusts({ [BOMBER]: null });
      }
      await sleep(0);
    } while (performance.now() - start < seconds * 1_000);
    await world.heal();
    const bombed = [...most].filter(([name]) => name !== 'a healthy answer');
    return {
      figures: {
        memory: Math.max(...bombed.map(([, bytes]) => bytes)) / MEBIBYTE,
        invalid: (100 * invalid) / calls,
        longest,
        crashes: isRunning(world) ? 0 : 1,
        silent: wrong.size,
      },
      notes: [
        `${calls} calls; the most more memory, with what was yet to be collected: ${[...most].map(([name, bytes]) => `${name} ${(bytes / MEBIBYTE).toFixed(1)} MiB`).join(', ')}`,
        ...[...statuses]
          .filter(([, said]) => said.size > 1)
          .map(([name, said]) => `${name}: ${[...said].join(' or ')}`),
        ...wrong,
      ],
    };
  },
};
