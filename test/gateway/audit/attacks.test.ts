import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LineBody, NO_LINES, readLine } from '@caregraph/service/audit/chain.ts';
import { type AuditSigner, auditSigner, readAuditKeys } from '@caregraph/service/audit/keys.ts';
import { type Anchor, ChainVerifier, type Finding, verify } from '@caregraph/service/audit/verify.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compose } from '../../../gateway/audit/compose.ts';
import { openAuditLog } from '../../../gateway/audit/log.ts';
import { listSegments, splitLines } from '../../../gateway/audit/segments.ts';
import { verifyJournal, verifyLines } from '../../../gateway/audit/verify-journal.ts';
import { readWitness } from '../../../gateway/audit/witness.ts';
import { aFolder, aKeySet, anEntry, options, PATIENTS, Receiver, someKeys } from './harness.ts';

/*
 * A real journal, made by real writes: three runs of a gateway, several segments, checkpoints in between, an access
 * subgraph that has it all. Each attack is made on a copy of its files.
 */

const ENTRIES = 60;
const { signer, keys, jwks } = someKeys();
const made = aFolder();
const journal = join(made.path, 'journal');
/** The journal as it was after the second run. */
const older = join(made.path, 'older');
let receiver: Receiver;
let lines: string[];
let witness: Anchor;

beforeAll(async () => {
  receiver = await Receiver.start();
  for (let run = 0; run < 3; run++) {
    if (run === 2) cpSync(journal, older, { recursive: true });
    const audit = await openAuditLog(
      options(made.path, { folder: journal, signer, send: receiver.send, segmentBytes: 6_000 }),
    );
    for (let n = 0; n < ENTRIES / 3; n++) {
      await audit.record(anEntry({ patients: [PATIENTS[n % PATIENTS.length] ?? ''] }));
    }
    await audit.close();
  }
  await receiver.stop();
  lines = read(journal);
  const head = readWitness(join(made.path, 'witness.json'));
  if (!head) throw new Error('The witness knows nothing.');
  witness = { source: 'The witness', chain: head.chain, head };
});

afterAll(() => made[Symbol.dispose]());

const read = (folder: string): string[] =>
  listSegments(folder).flatMap(({ file }) => readFileSync(file, 'utf8').split('\n').slice(0, -1));

const idOf = (text: string | undefined): string | null => {
  const { line } = readLine(text ?? '');
  return line?.kind === 'entry' ? line.entry.id : null;
};

/** The numbers of the lines that are entries. */
const entries = (): number[] => lines.flatMap((text, i) => (idOf(text) ? [i + 1] : []));

const anEntryLine = (): number => entries()[25] ?? 0;

/** What the access subgraph has got to. */
const access = (): Anchor => {
  const last = readLine(receiver.lines.at(-1) ?? '').line;
  if (!last) throw new Error('The receiver has nothing.');
  return { source: 'The access subgraph', chain: last.chain, head: { seq: last.seq, hash: last.hash } };
};

const found = (attacked: readonly string[], anchors: readonly Anchor[] = []): readonly Finding[] =>
  verify(attacked, keys, anchors).findings;

const bodyOf = (text: string): LineBody => {
  const { line } = readLine(text);
  if (!line) throw new Error('This is no line.');
  const { chain: _, seq: __, prev: ___, at: ____, hash: _____, ...body } = line;
  return body;
};

/** The log as whoever holds no key, or another, can write it anew: an entry left out, everything else as it was. */
function rewritten(from: number, by: AuditSigner | 'no checkpoints' | 'the old signatures'): string[] {
  const kept = lines.slice(0, from - 1);
  const before = readLine(kept.at(-1) ?? '').line;
  const chain = readLine(lines[0] ?? '').line?.chain ?? '';
  const bodies = lines.slice(from).map(bodyOf);
  const start = { chain, head: before ? { seq: before.seq, hash: before.hash } : NO_LINES, unsigned: 0 };
  const how = { signer: typeof by === 'string' ? signer : by, at: '2026-11-21T03:04:05.678Z', signed: false };
  if (by === 'the old signatures') return [...kept, ...compose(start, bodies, how).lines];
  const rest = bodies.filter(({ kind }) => kind !== 'checkpoint');
  return [...kept, ...compose(start, rest, { ...how, signed: by !== 'no checkpoints' }).lines];
}

describe('a log that nobody has touched', () => {
  test('is found to be as it was written, by itself and beside all who know of it', async () => {
    const verified = await verifyJournal({ folders: [journal], keys, anchors: [witness, access()] });
    expect(verified).toMatchObject({ findings: [], entries: ENTRIES, lines: lines.length });
    expect(verified.signed?.seq).toBe(lines.length);
    expect(listSegments(journal).length).toBeGreaterThan(5);
  });

  test('is so while its gateway writes it', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer, segmentBytes: 20_000 });
    const audit = await openAuditLog(given);
    let writing = true;
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (writing) await audit.record(anEntry());
      }),
    );
    for (let n = 0; n < 5; n++) {
      const head = readWitness(given.witness);
      const anchors = head ? [{ source: 'The witness', chain: head.chain, head }] : [];
      expect((await verifyJournal({ folders: [given.folder], keys, anchors })).findings).toEqual([]);
    }
    writing = false;
    await load;
    await audit.close();
  });
});

describe('an edit', () => {
  test('is found, with the entry', () => {
    const seq = anEntryLine();
    const text = lines[seq - 1] ?? '';
    const attacked = lines.with(seq - 1, text.replace('"user":"u-1"', '"user":"u-2"'));
    expect(found(attacked)).toMatchObject([{ kind: 'ALTERED', seq, entry: idOf(text) }]);
  });

  test('is found when the hash of the line was made anew', () => {
    const seq = anEntryLine();
    const line = readLine(lines[seq - 1] ?? '').line;
    const before = readLine(lines[seq - 2] ?? '').line;
    if (line?.kind !== 'entry' || !before) throw new Error('These are no lines.');
    const body: LineBody = { kind: 'entry', entry: { ...line.entry, patients: ['9278693472'] } };
    const { lines: made } = compose({ chain: line.chain, head: before, unsigned: 0 }, [body], {
      signer,
      at: line.at,
      signed: false,
    });
    const attacked = lines.with(seq - 1, made[0] ?? '');
    expect(found(attacked)).toMatchObject([{ kind: 'REPLACED', seq, entry: line.entry.id }]);
  });

  test('of the last line, with a new hash, is found by the witness and by the access subgraph', () => {
    const last = entries().at(-1) ?? 0;
    const attacked = [...lines.slice(0, last - 1)];
    const line = readLine(lines[last - 1] ?? '').line;
    const before = readLine(lines[last - 2] ?? '').line;
    if (line?.kind !== 'entry' || !before) throw new Error('These are no lines.');
    const body: LineBody = { kind: 'entry', entry: { ...line.entry, result: 'REFUSED' } };
    attacked.push(
      ...compose({ chain: line.chain, head: before, unsigned: 0 }, [body], { signer, at: line.at, signed: false })
        .lines,
    );
    const known = { seq: last, hash: line.hash };
    expect(found(attacked, [{ source: 'The access subgraph', chain: line.chain, head: known }])).toMatchObject([
      { kind: 'REWRITTEN', seq: last, entry: line.entry.id },
    ]);
  });

  test('of any one byte of any segment is found', { timeout: 120_000 }, async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer, segmentBytes: 500 });
    const audit = await openAuditLog(given);
    await audit.record(anEntry());
    await audit.close();
    const segments = listSegments(given.folder).map(({ file }) => readFileSync(file));
    expect(segments.length).toBe(3);
    const check = async (contents: readonly Buffer[]) => {
      const all = async function* () {
        for (const content of contents) yield* splitLines([content]);
      };
      return (await verifyLines(all(), new ChainVerifier(keys))).findings.length;
    };
    expect(await check(segments)).toBe(0);
    let change = 1;
    for (const [i, bytes] of segments.entries()) {
      for (let at = 0; at < bytes.length; at++) {
        // Every place; every change in its turn.
        change = (change % 255) + 1;
        const altered = Buffer.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ change;
        if ((await check(segments.with(i, altered))) === 0) throw new Error(`${change} at ${at} is not found`);
      }
    }
  });

  test('of bytes of its files, any of them to any value, is found', { timeout: 120_000 }, async () => {
    using folder = aFolder();
    cpSync(journal, folder.path, { recursive: true });
    const segments = listSegments(folder.path).map(({ file }) => ({ file, bytes: readFileSync(file) }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...segments),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (each, n, by) => {
          const altered = Buffer.from(each.bytes);
          altered[n % altered.length] = (altered[n % altered.length] ?? 0) ^ by;
          writeFileSync(each.file, altered);
          expect((await verifyOnce(folder.path)).findings).not.toEqual([]);
          writeFileSync(each.file, each.bytes);
        },
      ),
      { numRuns: 40 },
    );
    expect((await verifyOnce(folder.path)).findings).toEqual([]);
  });

  test('of a character into bytes that would be read as the same character is found', async () => {
    using folder = aFolder();
    const audit = await openAuditLog(options(folder.path, { signer }));
    await audit.record(anEntry({ operation: { ...anEntry().operation, name: '\uFFFD' } }));
    await audit.close();
    const [segment] = listSegments(join(folder.path, 'journal'));
    const bytes = readFileSync(segment?.file ?? '');
    const at = bytes.indexOf('\uFFFD');
    expect(at).toBeGreaterThan(0);
    // EF BF BD is U+FFFD; F0 BF BD is no UTF-8, and is read as U+FFFD too.
    bytes[at] = 0xf0;
    writeFileSync(segment?.file ?? '', bytes);
    expect(bytes.toString('utf8')).toContain('"name":"\uFFFD"');
    expect((await verifyOnce(join(folder.path, 'journal'))).findings).toMatchObject([{ kind: 'UNREADABLE' }]);
  });
});

const verifyOnce = (folder: string) => verifyJournal({ folders: [folder], keys, anchors: [] });

describe('a deletion', () => {
  test('of one line is found, with its number', () => {
    const seq = anEntryLine();
    expect(found(lines.toSpliced(seq - 1, 1))).toMatchObject([{ kind: 'DELETED', seq, upTo: seq }]);
  });

  test('of several lines is found, with their numbers', () => {
    expect(found(lines.toSpliced(9, 5))).toMatchObject([{ kind: 'DELETED', seq: 10, upTo: 14 }]);
  });

  test('of the first lines is found', () => {
    expect(found(lines.slice(7))).toMatchObject([{ kind: 'DELETED', seq: 1, upTo: 7 }]);
  });

  test('of a whole segment is found', async () => {
    using folder = aFolder();
    cpSync(journal, folder.path, { recursive: true });
    const [, gone, next] = listSegments(folder.path);
    rmSync(gone?.file ?? '');
    const upTo = (next?.first ?? 0) - 1;
    expect((await verifyOnce(folder.path)).findings).toMatchObject([{ kind: 'DELETED', seq: gone?.first, upTo }]);
  });

  test('beside which a line was edited is told apart from it', () => {
    const text = lines[12] ?? '';
    const attacked = lines.with(12, text.replace(/"at":"\d/, '"at":"3')).toSpliced(9, 3);
    expect(found(attacked)).toMatchObject([
      { kind: 'ALTERED', seq: 13 },
      { kind: 'DELETED', seq: 10, upTo: 12 },
    ]);
  });
});

describe('a reordering', () => {
  test('of two lines is found', () => {
    const seq = anEntryLine();
    const [one, other] = lines.slice(seq - 1, seq + 1);
    const attacked = lines.toSpliced(seq - 1, 2, other ?? '', one ?? '');
    expect(found(attacked)).toMatchObject([{ kind: 'REORDERED', seq, entry: idOf(one) }]);
  });

  test('of two segments is found', async () => {
    using folder = aFolder();
    cpSync(journal, folder.path, { recursive: true });
    const [, one, other] = listSegments(folder.path);
    renameSync(one?.file ?? '', join(folder.path, 'aside'));
    renameSync(other?.file ?? '', one?.file ?? '');
    renameSync(join(folder.path, 'aside'), other?.file ?? '');
    const { findings } = await verifyOnce(folder.path);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['REORDERED']));
    expect(findings[0]).toMatchObject({ seq: one?.first });
  });

  test('is found in a line that stands there twice', () => {
    expect(found([...lines.slice(0, 20), ...lines.slice(18)])).toMatchObject([
      { kind: 'REPEATED', seq: 19 },
      { kind: 'REPEATED', seq: 20 },
    ]);
  });

  test('is found in a line of another chain', async () => {
    using folder = aFolder();
    const audit = await openAuditLog(options(folder.path, { signer }));
    await audit.close();
    const [other = ''] = read(join(folder.path, 'journal'));
    expect(found(lines.toSpliced(10, 0, other))).toMatchObject([{ kind: 'OTHER_CHAIN', seq: 1 }]);
  });
});

describe('a cut tail', () => {
  const cut = (): string[] => lines.slice(0, -5);

  test('is found by the witness', () => {
    expect(found(cut(), [witness])).toMatchObject([{ kind: 'CUT_TAIL', seq: lines.length - 4, upTo: lines.length }]);
  });

  test('is found by the access subgraph', () => {
    expect(found(cut(), [access()])).toMatchObject([{ kind: 'CUT_TAIL', seq: lines.length - 4, upTo: lines.length }]);
  });

  test('in the middle of a line is found by itself', async () => {
    using folder = aFolder();
    cpSync(journal, folder.path, { recursive: true });
    const file = listSegments(folder.path).at(-1)?.file ?? '';
    const bytes = readFileSync(file);
    for (const end of [bytes.length - 1, bytes.length - 30]) {
      writeFileSync(file, bytes.subarray(0, end));
      expect((await verifyOnce(folder.path)).findings).toMatchObject([{ kind: 'TORN', seq: lines.length }]);
    }
  });

  test('is not hidden by a witness that was cut as well, unless its key is held: the signature says of which line it is', () => {
    if (!('signature' in witness.head)) throw new Error('The witness is not signed.');
    const last = readLine(cut().at(-1) ?? '').line;
    const head = { ...witness.head, seq: last?.seq ?? 0, hash: last?.hash ?? '' };
    expect(found(cut(), [{ ...witness, head }])).toMatchObject([{ kind: 'BAD_SIGNATURE', seq: null }]);
  });
});

describe('a log rewritten whole', () => {
  test('with every hash made anew and the old signatures is found at the first checkpoint', () => {
    const seq = anEntryLine();
    const [first, ...more] = found(rewritten(seq, 'the old signatures'));
    expect(first?.kind).toBe('BAD_SIGNATURE');
    expect(first?.seq).toBeLessThanOrEqual(seq);
    expect(first?.upTo).toBeGreaterThanOrEqual(seq);
    expect(more.map(({ kind }) => kind)).not.toContain('DELETED');
  });

  test('with every hash made anew and no checkpoint at all is found', () => {
    expect(found(rewritten(2, 'no checkpoints'))).toMatchObject([{ kind: 'UNSIGNED' }]);
  });

  test('after its first checkpoint, without any later one, is found by the number of lines without one', () => {
    const [opened = '', checkpoint = ''] = lines;
    const head = readLine(checkpoint).line;
    if (!head) throw new Error('This is no line.');
    const many = Array.from({ length: 1_001 }, (): LineBody => ({ kind: 'entry', entry: anEntry() }));
    let state = { chain: head.chain, head: { seq: head.seq, hash: head.hash }, unsigned: 0 };
    const forged: string[] = [];
    // One line after another, so that none is signed.
    for (const body of many) {
      const composed = compose({ ...state, unsigned: 0 }, [body], { signer, at: head.at, signed: false });
      forged.push(...composed.lines);
      state = composed.state;
    }
    expect(found([opened, checkpoint, ...forged])).toMatchObject([{ kind: 'UNSIGNED', seq: 3, upTo: 1_003 }]);
    expect(found([opened, checkpoint, ...forged.slice(0, 1_000)])).toEqual([]);
  });

  test('and signed with a key of the attacker’s own is found', () => {
    expect(found(rewritten(2, auditSigner(aKeySet())))).toMatchObject([{ kind: 'UNKNOWN_KEY' }]);
  });

  test('and signed with a key of the attacker’s own that bears the name of the right one is found', () => {
    expect(found(rewritten(2, auditSigner(aKeySet(signer.keyId))))).toMatchObject([{ kind: 'BAD_SIGNATURE' }]);
  });

  test('and signed with the right key, which was stolen, is found by the witness and by the access subgraph', () => {
    const attacked = rewritten(anEntryLine(), signer);
    // What was left out is made up for, so that it is as long as before.
    const more = Array.from({ length: lines.length - attacked.length - 1 }, () => bodyOf(lines[5] ?? ''));
    const longer = [...attacked, ...compose(stateOf(attacked), more, signing).lines];
    for (const log of [attacked, longer]) expect(found(log)).toEqual([]);
    for (const anchor of [witness, access()]) {
      expect(found(attacked, [anchor])).toMatchObject([{ kind: 'CUT_TAIL' }]);
      expect(found(longer, [anchor])).toMatchObject([{ kind: 'REWRITTEN', seq: lines.length }]);
    }
  });

  test('by an older copy of the whole log is found by the witness and by the access subgraph', () => {
    const copy = read(older);
    expect(found(copy)).toEqual([]);
    for (const anchor of [witness, access()]) {
      expect(found(copy, [anchor])).toMatchObject([{ kind: 'CUT_TAIL', seq: copy.length + 1, upTo: lines.length }]);
    }
  });

  test('by a new log of the gateway’s own is found by the witness and by the access subgraph', async () => {
    using folder = aFolder();
    const audit = await openAuditLog(options(folder.path, { signer }));
    await audit.close();
    for (const anchor of [witness, access()]) {
      expect(found(read(join(folder.path, 'journal')), [anchor])).toMatchObject([{ kind: 'OTHER_CHAIN', seq: null }]);
    }
  });

  test('is not proven by a checkpoint that was moved: a signature is of one line of one chain', () => {
    const checkpoints = lines.flatMap((text, i) => (readLine(text).line?.kind === 'checkpoint' ? [i] : []));
    const [, one = 0, other = 0] = checkpoints;
    const attacked = rewritten(one, 'no checkpoints').slice(0, one - 1);
    const moved = bodyOf(lines[other] ?? '');
    const { lines: forged } = compose(stateOf(attacked), [moved], { ...signing, signed: false });
    expect(found([...attacked, ...forged]).map(({ kind }) => kind)).toContain('BAD_SIGNATURE');
  });
});

const signing = { signer, at: '2026-11-21T03:04:05.678Z', signed: true };

const stateOf = (log: readonly string[]) => {
  const last = readLine(log.at(-1) ?? '').line;
  if (!last) throw new Error('The log is empty.');
  return { chain: last.chain, head: { seq: last.seq, hash: last.hash }, unsigned: 0 };
};

test('whoever knows only the public keys can verify, and cannot sign', () => {
  const [first] = jwks.keys;
  const { d: _, ...publicKey } = { d: '', ...first };
  const set = { keys: [publicKey] };
  expect(verify(lines, readAuditKeys(set)).findings).toEqual([]);
  expect(() => auditSigner(set)).toThrow('must be a private one');
});

test('no finding repeats a patient’s number', () => {
  const attacked = lines
    .map((text, i) => (i % 3 ? text : text.replace('u-1', 'u-2')))
    .toSpliced(4, 9)
    .toReversed();
  const findings = found(attacked, [witness, access()]);
  expect(findings.length).toBeGreaterThan(20);
  for (const number of PATIENTS) expect(JSON.stringify(findings)).not.toContain(number);
});
