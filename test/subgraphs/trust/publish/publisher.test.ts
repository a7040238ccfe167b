import { createLog } from '@caregraph/service/log.ts';
import { describe, expect, it } from 'vitest';
import type { LocatorClient } from '../../../../subgraphs/trust/publish/locator-client.ts';
import { startPublisher, waitInTime } from '../../../../subgraphs/trust/publish/publisher.ts';

/** A publisher whose waits end when the test says so, over a locator whose rounds the test scripts. */
function publisher(rounds: readonly ('well' | 'badly')[], random = () => 0) {
  const waits: number[] = [];
  const logged: string[] = [];
  let round = 0;
  const enough = Promise.withResolvers<void>();
  const locator: LocatorClient = {
    async published() {
      const goes = rounds[round] ?? 'well';
      round += 1;
      if (goes === 'badly') throw new Error('the locator is away');
      return new Set();
    },
    publish: async () => [],
    withdraw: async () => {},
  };
  const running = startPublisher({
    custodian: 'RW5',
    source: { async *pointers() {} },
    locator,
    refreshMs: 60_000,
    log: createLog({ name: 'trust', destination: { write: (line) => logged.push(line) } }),
    random,
    async wait(ms, signal) {
      waits.push(ms);
      if (waits.length < rounds.length) return;
      enough.resolve();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  });
  return { waits, logged, running, enough: enough.promise };
}

describe('publishing', () => {
  it('goes on at the interval while it goes well', async () => {
    const { waits, running, enough } = publisher(['well', 'well', 'well']);
    await enough;
    await running.stop();
    expect(waits).toEqual([60_000, 60_000, 60_000]);
  });

  it('is tried again after waits that grow up to the interval, and then goes on as before', async () => {
    const { waits, logged, running, enough } = publisher([
      ...Array.from({ length: 8 }, () => 'badly' as const),
      'well',
      'badly',
    ]);
    await enough;
    await running.stop();
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 1_000]);
    expect(logged.filter((line) => line.includes('the locator is away'))).toHaveLength(9);
  });

  it('spreads its waits, so that trusts do not come together', async () => {
    const { waits, running, enough } = publisher(['well', 'badly'], () => 0.5);
    await enough;
    await running.stop();
    expect(waits).toEqual([54_000, 900]);
  });

  it('stops at once, in a wait and in a round', async () => {
    const inWait = startPublisher({
      custodian: 'RW5',
      source: { async *pointers() {} },
      locator: { published: async () => new Set(), publish: async () => [], withdraw: async () => {} },
      refreshMs: 3_600_000,
      log: createLog({ name: 'trust', destination: { write: () => {} } }),
      random: () => 0,
      wait: waitInTime,
    });
    await inWait.stop();

    const asked = Promise.withResolvers<AbortSignal>();
    const inRound = startPublisher({
      custodian: 'RW5',
      source: { async *pointers() {} },
      locator: {
        published: (signal) => {
          asked.resolve(signal);
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
        publish: async () => [],
        withdraw: async () => {},
      },
      refreshMs: 3_600_000,
      log: createLog({ name: 'trust', destination: { write: () => {} } }),
      random: () => 0,
      wait: waitInTime,
    });
    const signal = await asked.promise;
    await inRound.stop();
    expect(signal.aborted).toBe(true);
  });
});
