import { expect, test } from 'vitest';
import { aFolder } from '../gateway/audit/harness.ts';
import { crashAuditLog } from './subjects.ts';

test('every response that a client received has its entry, and none is there twice, however often the process is killed', async () => {
  using folder = aFolder();
  const result = await crashAuditLog(folder.path, { kills: 25, seed: 20_261_122 });
  expect(result).toMatchObject({
    answeredWithoutEntry: [],
    twiceInJournal: [],
    twiceAtReceiver: [],
    notAtReceiver: 0,
    findings: [],
  });
  // And it was killed in the middle of something.
  expect(result.answered).toBeGreaterThan(100);
  expect(result.underLoad).toBeGreaterThan(10);
  expect(result.healed).toBeGreaterThan(0);
  expect(result.healed).toBe(result.tornByHarness + result.tornByKill);
}, 120_000);
