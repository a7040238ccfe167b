import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LONGEST_SHIPMENT_BYTES, readLine } from '@caregraph/service/audit/chain.ts';
import { verify } from '@caregraph/service/audit/verify.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type After, after } from '../../../gateway/after.ts';
import { compose } from '../../../gateway/audit/compose.ts';
import { type AuditLogOptions, openAuditLog } from '../../../gateway/audit/log.ts';
import { listSegments } from '../../../gateway/audit/segments.ts';
import { type Send, Shipper } from '../../../gateway/audit/shipper.ts';
import { aFolder, aLog, anEntry, options, PATIENTS, Receiver, someKeys, Timers } from './harness.ts';

const { signer, keys } = someKeys();

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

const textsIn = (folder: string): string[] =>
  listSegments(folder).flatMap(({ file }) => readFileSync(file, 'utf8').split('\n').slice(0, -1));

/** Short waits as they are; the shipper's own when the test says so. */
function timing(): { timers: Timers; after: After } {
  const timers = new Timers();
  return { timers, after: (ms, run) => (ms <= 100 ? after(ms, run) : timers.after(ms, run)) };
}

/** How long the shipper waits, among the timers that are set. */
const delays = (timers: Timers): number[] => timers.due.filter((ms) => ms % 5_000 !== 0);

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('what is on the disk', () => {
  test('is with the access subgraph soon after, every line of it, as it stands there', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer, send: receiver.send });
    const audit = await openAuditLog(given);
    const entry = anEntry();
    await audit.record(entry);
    await receiver.until(() => receiver.entries.includes(entry.id));
    await audit.close();
    expect(receiver.lines).toEqual(textsIn(given.folder));
    expect(verify(receiver.lines, keys).findings).toEqual([]);
  });

  test('is sent together while one call is under way, in as few calls as that takes', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer, send: receiver.send, segmentBytes: 30_000 });
    const audit = await openAuditLog(given);
    await Promise.all(Array.from({ length: 1_000 }, () => audit.record(anEntry())));
    await audit.close();
    expect(receiver.lines).toEqual(textsIn(given.folder));
    expect(receiver.calls.length).toBeLessThan(60);
  });

  test('is sent at once, and then no more often than both ends need', async () => {
    const timers = new Timers();
    let last = 1;
    const sent: number[] = [];
    const shipper = new Shipper({
      journal: {
        chain: randomUUID(),
        head: () => ({ seq: last, hash: 'a'.repeat(64) }),
        read: async (after) => Array.from({ length: last - after }, () => 'a line'),
      },
      send: async (path) => {
        if (path === '/audit/head') return { seq: 0, hash: null };
        sent.push(last);
        return { upTo: last };
      },
      clock: { now: () => new Date(), elapsed: timers.elapsed },
      after: timers.after,
      random: () => 0,
      log: aLog().log,
    });
    shipper.wake();
    while (sent.length === 0) await nextTurn();
    for (; last < 10; last++) {
      shipper.wake();
      await nextTurn();
    }
    expect(sent).toEqual([1]);
    timers.advance(25);
    while (sent.length === 1) await nextTurn();
    expect(sent).toEqual([1, 10]);
    last++;
    // Whoever closes does not wait.
    await shipper.close();
    expect(sent).toEqual([1, 10, 11]);
  });

  test('is never sent in more than a call may hold, however long its lines are', async () => {
    using folder = aFolder();
    let longest = 0;
    const send: Send = (path, body) => {
      longest = Math.max(longest, Buffer.byteLength(JSON.stringify(body)));
      return receiver.send(path, body);
    };
    const given = options(folder.path, { signer, send });
    const audit = await openAuditLog(given);
    // What is written as an escape grows most in JSON within JSON.
    const long = (length: number) => anEntry({ operation: { ...anEntry().operation, name: '"'.repeat(length) } });
    await Promise.all([long(2_000_000), long(400_000), long(400_000), anEntry()].map((entry) => audit.record(entry)));
    await audit.close();
    expect(receiver.entries).toHaveLength(4);
    expect(longest).toBeGreaterThan(LONGEST_SHIPMENT_BYTES / 2);
    expect(longest).toBeLessThanOrEqual(LONGEST_SHIPMENT_BYTES);
  });
});

describe('while the access subgraph is down', () => {
  test('entries are recorded all the same, and follow when it is back, each once', async () => {
    using folder = aFolder();
    const { timers, after } = timing();
    receiver.failing = 'refuses';
    const given = options(folder.path, { signer, send: receiver.send, segmentBytes: 2_000, after });
    const audit = await openAuditLog(given);
    for (let n = 0; n < 20; n++) await audit.record(anEntry());
    expect(await audit.ready()).toEqual({ writing: 'journal', unshipped: null });
    expect(receiver.lines).toEqual([]);
    receiver.failing = 'not';
    while (delays(timers).length === 0) await nextTurn();
    timers.advance(60_000);
    await receiver.until(() => receiver.entries.length === 20);
    await audit.close();
    expect(receiver.lines).toEqual(textsIn(given.folder));
  });

  test('and the gateway ends meanwhile, the next one sends what the first could not', async () => {
    using folder = aFolder();
    receiver.failing = 'refuses';
    const given = options(folder.path, { signer, send: receiver.send });
    const first = await openAuditLog(given);
    for (let n = 0; n < 5; n++) await first.record(anEntry());
    await first.close();
    expect(receiver.lines).toEqual([]);
    receiver.failing = 'not';
    const second = await openAuditLog(given);
    await second.close();
    expect(receiver.entries).toHaveLength(5);
    expect(receiver.lines).toEqual(textsIn(given.folder));
  });

  test('it is asked again after a while, later from one time to the next, and never by all gateways at once', async () => {
    const timers = new Timers();
    let random = 0;
    const shipper = new Shipper({
      journal: { chain: randomUUID(), head: () => ({ seq: 1, hash: 'a'.repeat(64) }), read: async () => [] },
      send: () => Promise.reject(new Error('It is down.')),
      clock: { now: () => new Date(), elapsed: timers.elapsed },
      after: timers.after,
      random: () => random,
      log: aLog().log,
    });
    shipper.wake();
    const waited: number[] = [];
    for (let n = 0; n < 11; n++) {
      while (timers.due.length === 0) await nextTurn();
      waited.push(...timers.due);
      random = n < 4 ? 0 : 1;
      timers.advance(timers.due[0] ?? 0);
    }
    expect(waited).toEqual([125, 250, 500, 1_000, 2_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    await shipper.close();
  });

  test('that is told once, not with every attempt, and nothing of a patient with it', async () => {
    using folder = aFolder();
    const { timers, after } = timing();
    const { logged, log } = aLog();
    receiver.failing = 'refuses';
    const audit = await openAuditLog(options(folder.path, { signer, send: receiver.send, after, log }));
    await audit.record(anEntry());
    for (let n = 0; n < 4; n++) {
      while (delays(timers).length === 0) await nextTurn();
      if (n === 3) receiver.failing = 'not';
      timers.advance(delays(timers)[0] ?? 0);
    }
    await receiver.until(() => receiver.entries.length === 1);
    await audit.close();
    const text = logged.join('');
    expect(text.match(/cannot be shipped/g)).toHaveLength(1);
    expect(text.match(/takes audit entries again/g)).toHaveLength(1);
    for (const number of PATIENTS) expect(text).not.toContain(number);
  });

  test('nothing of a patient waits in memory: what follows is read back from the journal', async () => {
    using folder = aFolder();
    const { timers, after } = timing();
    receiver.failing = 'refuses';
    let sent = '';
    const send: Send = (path, body) => {
      sent += JSON.stringify(body);
      return receiver.send(path, body);
    };
    const given = options(folder.path, { signer, send, after });
    const audit = await openAuditLog(given);
    await audit.record(anEntry());
    // As if the journal alone knew another of the entry's words.
    const [segment] = listSegments(given.folder);
    const file = segment?.file ?? '';
    writeFileSync(file, readFileSync(file, 'utf8').replace('"user":"u-1"', '"user":"u-9"'));
    receiver.failing = 'not';
    while (delays(timers).length === 0) await nextTurn();
    timers.advance(60_000);
    while (!sent.includes('"u-9\\"')) await nextTurn();
    await audit.close();
  });
});

describe('each line exactly once', () => {
  test('when the answer to what was kept is lost', async () => {
    using folder = aFolder();
    const { timers, after } = timing();
    receiver.failing = 'keeps and hangs up';
    const given = options(folder.path, { signer, send: receiver.send, after });
    const audit = await openAuditLog(given);
    await audit.record(anEntry());
    while (delays(timers).length === 0) await nextTurn();
    receiver.failing = 'not';
    timers.advance(60_000);
    await audit.record(anEntry());
    await receiver.until(() => receiver.entries.length === 2);
    await audit.close();
    expect(receiver.lines).toEqual(textsIn(given.folder));
  });

  test('when the access subgraph has less than it once had, it gets the rest again from there', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer, send: receiver.send });
    const first = await openAuditLog(given);
    for (let n = 0; n < 6; n++) await first.record(anEntry());
    await first.close();
    // Restored from a backup.
    for (const lines of receiver.chains.values()) lines.length = 3;
    const second = await openAuditLog(given);
    await second.close();
    expect(receiver.lines).toEqual(textsIn(given.folder));
  });

  test('when it has less from one moment to the next, it is asked where it has got to', async () => {
    using folder = aFolder();
    const { timers, after } = timing();
    const given = options(folder.path, { signer, send: receiver.send, after });
    const audit = await openAuditLog(given);
    for (let n = 0; n < 6; n++) await audit.record(anEntry());
    await receiver.until(() => receiver.entries.length === 6);
    for (const lines of receiver.chains.values()) lines.length = 3;
    await audit.record(anEntry());
    while (delays(timers).length === 0) await nextTurn();
    timers.advance(60_000);
    await receiver.until(() => receiver.entries.length === 7);
    await audit.close();
    expect(receiver.lines).toEqual(textsIn(given.folder));
  });

  test('when all that it has was archived meanwhile, the rest follows', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer, send: receiver.send, segmentBytes: 1_500 });
    const first = await openAuditLog(given);
    for (let n = 0; n < 9; n++) await first.record(anEntry());
    await first.close();
    const whole = textsIn(given.folder);
    const [oldest, next] = listSegments(given.folder);
    // It was restored from a backup of the very moment at which the oldest segment was full.
    for (const lines of receiver.chains.values()) lines.length = (next?.first ?? 0) - 1;
    renameSync(oldest?.file ?? '', join(folder.path, 'archived.jsonl'));
    const second = await openAuditLog(given);
    await second.close();
    expect(receiver.lines.slice(0, whole.length)).toEqual(whole);
    expect(receiver.lines).toHaveLength(whole.length + 2);
  });
});

describe('what the access subgraph keeps and the journal does not hold', () => {
  const alarmed = async (given: AuditLogOptions, logged: string[]): Promise<void> => {
    const audit = await openAuditLog(given);
    await audit.record(anEntry());
    await audit.close();
    expect(logged.join('')).toContain('one of them was altered');
    // Care goes on: the entry is in the journal.
    expect(textsIn(given.folder).length).toBeGreaterThan(4);
  };

  test('raises an alarm when it is more', async () => {
    using folder = aFolder();
    const { logged, log } = aLog();
    const given = options(folder.path, { signer, send: receiver.send, log });
    const audit = await openAuditLog(given);
    for (let n = 0; n < 9; n++) await audit.record(anEntry());
    await audit.close();
    // The journal's end is cut off, and the witness with it.
    const file = listSegments(given.folder)[0]?.file ?? '';
    writeFileSync(file, `${textsIn(given.folder).slice(0, 4).join('\n')}\n`);
    writeFileSync(given.witness, '');
    await alarmed(given, logged);
  });

  test('raises an alarm when it is other', async () => {
    using folder = aFolder();
    const { logged, log } = aLog();
    const given = options(folder.path, { signer, send: receiver.send, log });
    const audit = await openAuditLog(given);
    for (let n = 0; n < 3; n++) await audit.record(anEntry());
    await audit.close();
    const [chain = ''] = receiver.chains.keys();
    const other = anotherLine(receiver.chains.get(chain)?.at(-1) ?? '');
    receiver.chains.get(chain)?.splice(-1, 1, other);
    await alarmed(given, logged);
  });

  test('is told apart from a segment that was archived too early', async () => {
    using folder = aFolder();
    const { logged, log } = aLog();
    receiver.failing = 'refuses';
    const given = options(folder.path, { signer, send: receiver.send, log, segmentBytes: 1_500 });
    const audit = await openAuditLog(given);
    for (let n = 0; n < 8; n++) await audit.record(anEntry());
    await audit.close();
    receiver.failing = 'not';
    const [first] = listSegments(given.folder);
    renameSync(first?.file ?? '', join(folder.path, 'archived.jsonl'));
    const again = await openAuditLog(given);
    await again.close();
    expect(logged.join('')).toContain('Put its segment back: only what has been shipped may be archived.');
  });
});

/** A checkpoint in the place of this one, at another time. */
function anotherLine(text: string): string {
  const { line } = readLine(text);
  if (!line) throw new Error('This is no line.');
  const { chain, seq, prev: hash } = line;
  const at = '2026-01-01T00:00:00.000Z';
  return compose({ chain, head: { seq: seq - 1, hash }, unsigned: 1 }, [], { signer, at, signed: true }).lines[0] ?? '';
}

test('the timers of a log keep no process alive', () => {
  const before = process.getActiveResourcesInfo();
  const cancel = after(60_000, () => {});
  expect(process.getActiveResourcesInfo()).toEqual(before);
  cancel();
});
