import { setTimeout as sleep } from 'node:timers/promises';
import { p99 } from '../arrivals.ts';
import { described, load, total } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import type { Spoil } from '../spoil.ts';
import { untilUsed } from '../until.ts';
import { DEADLINE_MS } from '../world.ts';

const HANGING = 'RT05';
const BACK_WITHIN_MS = 30_000;
const WITHIN = 1.05;

const PHASES = ['silence', 'headers, then nothing', 'drip', 'closes half-way'] as const satisfies readonly Spoil[];

export const hangingTrust: Scenario = {
  id: 4,
  title: 'One trust accepts and stays silent; sends headers, then nothing; 1 byte every 200 ms; closes half-way',
  holds: [
    {
      id: 'longest',
      what: 'p99 of all, the worst of the four',
      unit: 'ms',
      atMost: DEADLINE_MS + 100,
      inShort: { atMost: 2 * DEADLINE_MS },
    },
    { id: 'sockets', what: 'open connections afterwards, to before, within 30 s', unit: '×', atMost: WITHIN },
    {
      id: 'memory',
      what: 'memory in use afterwards, to before, within 30 s',
      unit: '×',
      atMost: WITHIN,
      inShort: { atMost: 1.5 },
    },
    { id: 'silent', what: 'wrong answers, by the oracle', atMost: 0 },
    { id: 'whole', what: 'requests that failed whole', atMost: 0 },
    { id: 'shed', what: 'requests refused as too many', atMost: 0, inShort: false },
  ],
  async run({ world, rate, seconds, seed }) {
    const each = seconds / PHASES.length;
    // What the gateway keeps when it is warm is not the fault's.
    await load(world, { rate, seconds: each, seed: `${seed} warm` });
    await sleep(500);
    const before = await world.gateway.held();
    const notes: string[] = [];
    let [whole, shed, silent, longest] = [0, 0, 0, 0];
    for (const spoil of PHASES) {
      const fault = () => world.trusts({ [HANGING]: { spoils: [spoil] } });
      const result = await load(world, {
        rate,
        seconds: each,
        seed: `${seed} ${spoil}`,
        watch: HANGING,
        meanwhile: [{ atMs: 0, act: fault }],
      });
      await world.heal();
      await untilUsed(world, HANGING);
      whole += result.failedWhole;
      shed += result.shed;
      silent += total(result.wrong);
      longest = Math.max(longest, p99(result));
      notes.push(`${spoil}: p99 ${p99(result).toFixed(0)} ms`, ...described(result));
    }
    const start = performance.now();
    let after = await world.gateway.held();
    // A socket more or less is one of this run's own.
    const sockets = () => (after.sockets + 1) / (before.sockets + 1);
    const isBack = () => sockets() <= WITHIN && after.memory <= before.memory * WITHIN;
    while (!isBack() && performance.now() - start < BACK_WITHIN_MS) {
      await sleep(500);
      after = await world.gateway.held();
    }
    notes.push(
      `before: ${before.sockets} connections, ${mebibytes(before.memory)} MiB; ${((performance.now() - start) / 1_000).toFixed(1)} s after: ${after.sockets} connections, ${mebibytes(after.memory)} MiB`,
    );
    return {
      figures: { longest, sockets: sockets(), memory: after.memory / before.memory, silent, whole, shed },
      notes,
    };
  },
};

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
