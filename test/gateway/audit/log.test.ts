import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainLine, readLine } from '@caregraph/service/audit/chain.ts';
import { auditSigner, readAuditKeys } from '@caregraph/service/audit/keys.ts';
import { verify } from '@caregraph/service/audit/verify.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { type After, after } from '../../../gateway/after.ts';
import { type AuditLogOptions, AuditUnavailableError, openAuditLog } from '../../../gateway/audit/log.ts';
import { listSegments, segmentName } from '../../../gateway/audit/segments.ts';
import { readWitness } from '../../../gateway/audit/witness.ts';
import { aFolder, aKeySet, aLog, anEntry, options, Receiver, someKeys, Timers } from './harness.ts';

const { signer, keys } = someKeys();

const textsIn = (folder: string): string[] =>
  listSegments(folder)
    .filter(({ file }) => statSync(file).isFile())
    .flatMap(({ file }) => readFileSync(file, 'utf8').split('\n').slice(0, -1));

const linesIn = (folder: string): ChainLine[] => textsIn(folder).flatMap((text) => readLine(text).line ?? []);

const entriesIn = (folder: string): string[] =>
  linesIn(folder).flatMap((line) => (line.kind === 'entry' ? [line.entry.id] : []));

/** Short waits as they are; long ones when the test says so. */
function timing(): { timers: Timers; given: Pick<AuditLogOptions, 'after' | 'clock'> } {
  const timers = new Timers();
  const mixed: After = (ms, run) => (ms <= 1_000 ? after(ms, run) : timers.after(ms, run));
  const start = performance.now();
  const elapsed = (): number => timers.elapsed() + performance.now() - start;
  return { timers, given: { after: mixed, clock: { now: () => new Date(), elapsed } } };
}

describe('an entry', () => {
  test('is on the disk when it is told that it is', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    const audit = await openAuditLog(given);
    for (let n = 0; n < 5; n++) {
      const entry = anEntry();
      await audit.record(entry);
      expect(textsIn(given.folder).at(-1)).toContain(entry.id);
      expect(linesIn(given.folder).at(-1)).toMatchObject({ kind: 'entry', entry });
    }
    await audit.close();
  });

  test('shares its flush with those that wait at the same time, and each is there once', async () => {
    using folder = aFolder();
    let flushes = 0;
    const clock = { now: () => new Date(Date.UTC(2026, 0, 1) + flushes++), elapsed: () => performance.now() };
    const given = options(folder.path, { signer, clock });
    const audit = await openAuditLog(given);
    const entries = Array.from({ length: 300 }, () => anEntry());
    await Promise.all(entries.map((entry) => audit.record(entry)));
    const lines = linesIn(given.folder).filter(({ kind }) => kind === 'entry');
    expect(entriesIn(given.folder)).toEqual(entries.map(({ id }) => id));
    // Whatever is written together bears the same time.
    expect(new Set(lines.map(({ at }) => at)).size).toBeLessThanOrEqual(2);
    await audit.close();
  });

  test('of a caseload fits, and so do many of them at once', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    const audit = await openAuditLog(given);
    const custodians = Array.from({ length: 4_000 }, () => ({
      patient: 0,
      custodian: 'RW5',
      outcome: 'ANSWERED_NONE' as const,
      records: 0,
    }));
    await Promise.all(Array.from({ length: 8 }, () => audit.record(anEntry({ custodians }))));
    expect(entriesIn(given.folder)).toHaveLength(8);
    await audit.close();
  });

  test.each([
    ['another outcome', { custodians: [{ patient: 0, custodian: 'RW5', outcome: 'FINE', records: 1 }] }],
    ['a patient who is none', { patients: ['9876543211'] }],
    ['a patient who is spaced', { patients: ['987 654 3210'] }],
    ['a patient twice', { patients: ['9876543210', '9876543210'] }],
    ['a custodian of no patient', { custodians: [{ patient: 1, custodian: 'RW5', outcome: 'ANSWERED', records: 1 }] }],
    ['a time that is none', { at: '2026-02-30T00:00:00Z' }],
    ['a field too many', { text: 'query { patient }' }],
  ])('with %s is refused without repeating it, and nothing is written', async (_what, wrong) => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    const audit = await openAuditLog(given);
    const before = textsIn(given.folder);
    const refused = audit.record(Object.assign(anEntry(), wrong));
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.not.toThrow(/9876543211|987 654 3210|9876543210|FINE|02-30/);
    expect(textsIn(given.folder)).toEqual(before);
    await audit.close();
  });

  test('that is longer than any line may be is refused, and others are not held up by it', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    const audit = await openAuditLog(given);
    const operation = { ...anEntry().operation, name: 'x'.repeat(5_000_000) };
    await expect(audit.record(anEntry({ operation }))).rejects.toThrow('too long');
    await audit.record(anEntry());
    await audit.close();
    expect(entriesIn(given.folder)).toHaveLength(1);
  });

  test('comes too late when the log is closing, and is told so', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    const audit = await openAuditLog(given);
    const early = audit.record(anEntry());
    const closing = audit.close();
    await expect(audit.record(anEntry())).rejects.toBeInstanceOf(AuditUnavailableError);
    await early;
    await closing;
    expect(entriesIn(given.folder)).toHaveLength(1);
  });
});

describe('a checkpoint', () => {
  const checkpoints = (folder: string): number => linesIn(folder).filter(({ kind }) => kind === 'checkpoint').length;

  /** Resolves when the journal has so many checkpoints, and its writer knows that it has. */
  const until = async ({ folder, witness }: AuditLogOptions, count: number): Promise<void> => {
    while (checkpoints(folder) < count || readWitness(witness)?.seq !== linesIn(folder).length) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  test('is written within seconds while there is traffic, and once a minute without', async () => {
    using folder = aFolder();
    const { timers, given: time } = timing();
    const given = options(folder.path, { signer, ...time });
    const audit = await openAuditLog(given);
    expect(checkpoints(given.folder)).toBe(1);
    await audit.record(anEntry());
    timers.advance(5_000);
    await until(given, 2);
    for (let n = 0; n < 10; n++) timers.advance(5_000);
    await audit.record(anEntry());
    // Nothing was written between the two but what the traffic made necessary.
    expect(checkpoints(given.folder)).toBe(2);
    timers.advance(5_000);
    await until(given, 3);
    timers.advance(60_000);
    await until(given, 4);
    await audit.close();
    expect(verify(textsIn(given.folder), keys).findings).toEqual([]);
  });

  test('stands after each thousand lines at most, however fast they come', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    const audit = await openAuditLog(given);
    await Promise.all(Array.from({ length: 2_500 }, () => audit.record(anEntry())));
    expect(checkpoints(given.folder)).toBe(3);
    await audit.close();
    expect(verify(textsIn(given.folder), keys)).toMatchObject({ findings: [], entries: 2_500 });
  });

  test('is the last line when the log is closed', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    const audit = await openAuditLog(given);
    await audit.record(anEntry());
    await audit.close();
    expect(linesIn(given.folder).at(-1)?.kind).toBe('checkpoint');
  });

  test('is signed with the key that signs now: a key can be followed by another', async () => {
    using folder = aFolder();
    const sets = [aKeySet('first'), aKeySet('second')];
    const [first, second] = sets.map((set) => auditSigner(set));
    let now = first;
    const given = options(folder.path, {
      signer: {
        get keyId() {
          return now?.keyId ?? '';
        },
        sign: (bytes) => now?.sign(bytes) ?? Buffer.of(),
      },
    });
    const audit = await openAuditLog(given);
    now = second;
    await audit.close();
    const both = readAuditKeys({ keys: sets.flatMap((set) => set.keys) });
    expect(verify(textsIn(given.folder), both).findings).toEqual([]);
    expect(linesIn(given.folder)).toMatchObject([{ kind: 'opened' }, { key: 'first' }, { key: 'second' }]);
  });
});

describe('the witness', () => {
  test('knows of the last line, signed', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    const audit = await openAuditLog(given);
    for (let n = 0; n < 20; n++) await audit.record(anEntry());
    await audit.close();
    const head = readWitness(given.witness);
    const last = linesIn(given.folder).at(-1);
    expect(head).toMatchObject({ chain: last?.chain, seq: last?.seq, hash: last?.hash, key: signer.keyId });
  });

  test('knows within moments of a line after which no other comes', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    const audit = await openAuditLog(given);
    for (let n = 0; n < 5; n++) await audit.record(anEntry());
    while (readWitness(given.witness)?.seq !== linesIn(given.folder).length) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await audit.close();
  });

  test('that cannot be written is told of in the log, and holds up nothing', async () => {
    using folder = aFolder();
    const { logged, log } = aLog();
    const nowhere = join(folder.path, 'other disk');
    symlinkSync(join(folder.path, 'not mounted'), nowhere);
    const given = options(folder.path, { signer, witness: join(nowhere, 'witness.json'), log });
    const audit = await openAuditLog(given);
    await audit.record(anEntry());
    while (!logged.join('').includes('the witness of the audit journal cannot be written')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    rmSync(nowhere);
    await audit.record(anEntry());
    await audit.close();
    expect(logged.join('')).toContain('the witness of the audit journal is written again');
    expect(readWitness(given.witness)?.seq).toBe(linesIn(given.folder).length);
  });
});

describe('while the disk fails', () => {
  /** Whatever the journal would begin next, it cannot: each write here begins a segment. */
  function block(folder: string): () => void {
    const next = join(folder, segmentName(linesIn(folder).length + 1));
    mkdirSync(next);
    return () => rmdirSync(next);
  }

  let receiver: Receiver | null = null;
  afterEach(async () => {
    await receiver?.stop();
    receiver = null;
  });

  const directChains = (): string[][] =>
    [...(receiver?.chains.values() ?? [])].filter(([first]) => first?.includes('"medium":"direct"'));

  async function failing(send: 'with' | 'without') {
    const folder = aFolder();
    receiver = send === 'with' ? await Receiver.start() : null;
    const { timers, given: time } = timing();
    const { logged, log } = aLog();
    const given = options(folder.path, { signer, segmentBytes: 1, log, send: receiver?.send ?? null, ...time });
    const audit = await openAuditLog(given);
    await audit.record(anEntry());
    const release = block(given.folder);
    const end = async (): Promise<void> => {
      await audit.close();
      folder[Symbol.dispose]();
    };
    return { given, audit, release, timers, logged, [Symbol.asyncDispose]: end };
  }

  test('entries go to the access subgraph, in a chain of their own, vouched for, before they are released', async () => {
    await using setup = await failing('with');
    const { given, audit } = setup;
    const before = entriesIn(given.folder);
    const entry = anEntry();
    await audit.record(entry);
    expect(entriesIn(given.folder)).toEqual(before);
    const [direct] = directChains();
    const kinds = direct?.map((text) => readLine(text).line?.kind);
    expect(kinds).toEqual(['opened', 'entry', 'checkpoint']);
    expect(direct?.[1]).toContain(entry.id);
    expect(verify(direct ?? [], keys).findings).toEqual([]);
    expect(await audit.ready()).toMatchObject({ writing: 'direct' });
  });

  test('and when it works again they go to the journal, which says where the others are', async () => {
    await using setup = await failing('with');
    const { given, audit, release, timers } = setup;
    const during = [anEntry(), anEntry(), anEntry()];
    for (const entry of during) await audit.record(entry);
    release();
    // Not yet: a disk that has failed is left alone for a while.
    const early = anEntry();
    await audit.record(early);
    expect(entriesIn(given.folder)).not.toContain(early.id);
    timers.advance(5_000);
    const afterwards = anEntry();
    await audit.record(afterwards);
    expect(await audit.ready()).toMatchObject({ writing: 'journal' });
    expect(entriesIn(given.folder).at(-1)).toBe(afterwards.id);
    const elsewhere = linesIn(given.folder).find(({ kind }) => kind === 'elsewhere');
    if (elsewhere?.kind !== 'elsewhere') throw new Error('The journal does not say so.');
    const { chain, seq, hash } = elsewhere.other;
    const direct = receiver?.chains.get(chain) ?? [];
    expect(verify(direct, keys, [{ source: 'The journal', chain, head: { seq, hash } }]).findings).toEqual([]);
    await audit.record(anEntry());
    await audit.close();
    expect(verify(textsIn(given.folder), keys).findings).toEqual([]);
    // It says so once.
    expect(linesIn(given.folder).filter(({ kind }) => kind === 'elsewhere')).toHaveLength(1);
    // Every entry is with the access subgraph, once.
    expect(receiver?.entries).toHaveLength(7);
    expect(new Set(receiver?.entries).size).toBe(7);
  });

  test('and the access subgraph as well, nothing is released, and the log says so', async () => {
    await using setup = await failing('with');
    const { audit, logged } = setup;
    if (receiver) receiver.failing = 'refuses';
    const refused = audit.record(anEntry());
    await expect(refused).rejects.toBeInstanceOf(AuditUnavailableError);
    await expect(refused).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await expect(audit.ready()).rejects.toBeInstanceOf(AuditUnavailableError);
    expect(logged.join('')).toContain('audit entries can be written nowhere');
    expect(logged.join('')).not.toContain('9876543210');
  });

  test('a gateway that was not ready finds out by itself that it is again', async () => {
    await using setup = await failing('with');
    const { audit } = setup;
    if (receiver) receiver.failing = 'refuses';
    await expect(audit.record(anEntry())).rejects.toThrow();
    if (receiver) receiver.failing = 'not';
    expect(await audit.ready()).toMatchObject({ writing: 'direct' });
    await audit.record(anEntry());
  });

  test('and there is no access subgraph, nothing is released until the disk works, and then at once', async () => {
    await using setup = await failing('without');
    const { given, audit, release } = setup;
    await expect(audit.record(anEntry())).rejects.toBeInstanceOf(AuditUnavailableError);
    release();
    await audit.record(anEntry());
    await audit.close();
    expect(verify(textsIn(given.folder), keys)).toMatchObject({ findings: [], entries: 2 });
  });

  test('an entry of which the access subgraph’s answer was lost is not released, and a new chain is begun', async () => {
    await using setup = await failing('with');
    const { audit } = setup;
    if (receiver) receiver.failing = 'keeps and hangs up';
    await expect(audit.record(anEntry())).rejects.toBeInstanceOf(AuditUnavailableError);
    if (receiver) receiver.failing = 'not';
    await audit.record(anEntry());
    await audit.record(anEntry());
    const direct = directChains();
    expect(direct.map((lines) => lines.length)).toEqual([3, 5]);
    for (const lines of direct) expect(verify(lines, keys).findings).toEqual([]);
  });

  test('a checkpoint waits for the journal: it says nothing of another chain', async () => {
    await using setup = await failing('with');
    const { audit, timers } = setup;
    await audit.record(anEntry());
    timers.advance(5_000);
    timers.advance(5_000);
    await audit.record(anEntry());
    expect(directChains().map((lines) => lines.length)).toEqual([5]);
  });

  test('a write that hangs is a write that has failed, and what it writes at last is taken back', async () => {
    using folder = aFolder();
    receiver = await Receiver.start();
    const time = timing();
    let hangs = false;
    // The time that a write may take is over at once.
    const hasty: After = (ms, run) => {
      if (!hangs || ms !== 100) return time.given.after(ms, run);
      queueMicrotask(run);
      return () => {};
    };
    const given = options(folder.path, { signer, send: receiver.send, ...time.given, after: hasty });
    const audit = await openAuditLog(given);
    await audit.record(anEntry());
    hangs = true;
    const late = anEntry();
    await audit.record(late);
    expect(await audit.ready()).toMatchObject({ writing: 'direct' });
    hangs = false;
    time.timers.advance(5_000);
    await audit.record(anEntry());
    await audit.close();
    expect(entriesIn(given.folder)).not.toContain(late.id);
    expect(receiver.entries.filter((id) => id === late.id)).toHaveLength(1);
    expect(receiver.entries).toHaveLength(3);
    expect(verify(textsIn(given.folder), keys).findings).toEqual([]);
  });

  test('a process that stands still for longer than a write may take does not blame the disk', async () => {
    using folder = aFolder();
    receiver = await Receiver.start();
    const time = timing();
    let standsStill = false;
    const stalling: After = (ms, run) => {
      const cancel = time.given.after(ms, run);
      if (standsStill && ms === 100) {
        standsStill = false;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
      }
      return cancel;
    };
    const given = options(folder.path, { signer, send: receiver.send, ...time.given, after: stalling });
    const audit = await openAuditLog(given);
    standsStill = true;
    const entry = anEntry();
    await audit.record(entry);
    expect(standsStill).toBe(false);
    expect(await audit.ready()).toMatchObject({ writing: 'journal' });
    await audit.close();
    expect(entriesIn(given.folder)).toEqual([entry.id]);
  });
});
