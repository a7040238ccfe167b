import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChainLine, readLine } from '@caregraph/service/audit/chain.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { compose } from '../../../gateway/audit/compose.ts';
import { type AuditLogOptions, openAuditLog } from '../../../gateway/audit/log.ts';
import { listSegments } from '../../../gateway/audit/segments.ts';
import { verifyJournal } from '../../../gateway/audit/verify-journal.ts';
import { readWitness } from '../../../gateway/audit/witness.ts';
import { aFolder, aLog, anEntry, options, someKeys } from './harness.ts';

const { signer, keys } = someKeys();

/** Runs a gateway's log once: opens it, records so many entries, closes it. */
async function run(given: AuditLogOptions, entries: number): Promise<void> {
  const audit = await openAuditLog(given);
  for (let n = 0; n < entries; n++) await audit.record(anEntry());
  await audit.close();
}

const linesIn = (folder: string): ChainLine[] =>
  listSegments(folder).flatMap(({ file }) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((text) => readLine(text).line ?? []),
  );

const kindsIn = (folder: string): string[] => linesIn(folder).map(({ kind }) => kind);

const lastSegment = (folder: string): string => listSegments(folder).at(-1)?.file ?? '';

async function findings(given: AuditLogOptions): Promise<string[]> {
  const head = readWitness(given.witness);
  const anchors = head ? [{ source: 'The witness', chain: head.chain, head }] : [];
  return (await verifyJournal({ folders: [given.folder], keys, anchors })).findings.map(({ kind }) => kind);
}

describe('a journal', () => {
  test('begins a chain that says whose it is, and vouches for it at once', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    await run(given, 0);
    const [opened, checkpoint] = linesIn(given.folder);
    expect(opened).toMatchObject({ kind: 'opened', seq: 1, gateway: given.gateway, medium: 'journal' });
    expect(checkpoint).toMatchObject({ kind: 'checkpoint', seq: 2, key: signer.keyId });
    expect(await findings(given)).toEqual([]);
  });

  test('goes on with its chain in the next run, and the next', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    for (let n = 0; n < 3; n++) await run(given, 2);
    expect(new Set(linesIn(given.folder).map(({ chain }) => chain)).size).toBe(1);
    expect(kindsIn(given.folder).filter((kind) => kind === 'entry')).toHaveLength(6);
    expect(kindsIn(given.folder).filter((kind) => kind === 'opened')).toHaveLength(1);
    expect(await findings(given)).toEqual([]);
  });

  test('goes on in a new file when one has grown large, named by its first line', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer, segmentBytes: 2_000 });
    await run(given, 12);
    const segments = listSegments(given.folder);
    expect(segments.length).toBeGreaterThan(3);
    for (const { file, first } of segments) {
      expect(readLine(readFileSync(file, 'utf8').split('\n')[0] ?? '').line?.seq).toBe(first);
    }
    await run(given, 3);
    expect(await findings(given)).toEqual([]);
  });

  test('can be read by its owner alone', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    mkdirSync(given.folder, { mode: 0o755 });
    await run(given, 1);
    const modeOf = (file: string) => statSync(file).mode & 0o777;
    expect(modeOf(given.folder)).toBe(0o700);
    for (const name of readdirSync(given.folder)) expect(modeOf(join(given.folder, name))).toBe(0o600);
    expect(modeOf(given.witness)).toBe(0o600);
  });

  test('goes on without its oldest segments, which were archived', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer, segmentBytes: 1_500 });
    await run(given, 10);
    const archive = join(folder.path, 'archive');
    mkdirSync(archive);
    for (const { file } of listSegments(given.folder).slice(0, -1)) {
      cpSync(file, join(archive, file.slice(file.lastIndexOf('/'))));
      rmSync(file);
    }
    await run(given, 10);
    expect(await findings(given)).toEqual(['DELETED']);
    const whole = await verifyJournal({ folders: [given.folder, archive], keys, anchors: [] });
    expect(whole).toMatchObject({ findings: [], entries: 20 });
  });
});

describe('after a crash', () => {
  const torn = (given: AuditLogOptions, bytes: string | Buffer): Promise<void> => {
    appendFileSync(lastSegment(given.folder), bytes);
    return run(given, 1);
  };

  test('a torn last line is moved aside, and the chain says so', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer, log: aLog().log });
    await run(given, 3);
    const half = '{"chain":"4bf92f35-77b3-4da6-a3ce-929d0e0e4736","seq":6,"prev":"00';
    await torn(given, half);
    const healed = linesIn(given.folder).find(({ kind }) => kind === 'healed');
    if (healed?.kind !== 'healed') throw new Error('The chain does not say so.');
    expect(healed.bytes).toBe(half.length);
    expect(readFileSync(join(given.folder, healed.file), 'utf8')).toBe(half);
    expect(await findings(given)).toEqual([]);
    expect(kindsIn(given.folder).filter((kind) => kind === 'entry')).toHaveLength(4);
  });

  test('a torn line of any length is healed, down to one byte and up to all but its line feed', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    await run(given, 2);
    const whole = readFileSync(lastSegment(given.folder));
    const last = whole.subarray(whole.lastIndexOf('\n', whole.length - 2) + 1);
    for (let length = 1; length < last.length; length += 37) {
      using copy = aFolder();
      cpSync(given.folder, join(copy.path, 'journal'), { recursive: true });
      const again = options(copy.path, { signer });
      truncateSync(lastSegment(again.folder), whole.length - last.length + length);
      await run(again, 1);
      expect(await findings(again)).toEqual([]);
    }
  });

  test('blocks that were never filled, of which power was cut, are moved aside with what follows them', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    await run(given, 3);
    await torn(given, Buffer.concat([Buffer.alloc(4_096), Buffer.from('ash":"00"}\n{"chain":\n')]));
    expect(kindsIn(given.folder)).toContain('healed');
    expect(await findings(given)).toEqual([]);
  });

  test('a segment that was begun and never written is begun again', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    await run(given, 3);
    const next = (linesIn(given.folder).at(-1)?.seq ?? 0) + 1;
    writeFileSync(join(given.folder, `${String(next).padStart(16, '0')}.jsonl`), '');
    await run(given, 2);
    expect(await findings(given)).toEqual([]);
  });

  test('a segment in which nothing but a torn line stands is healed', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    await run(given, 3);
    const next = (linesIn(given.folder).at(-1)?.seq ?? 0) + 1;
    writeFileSync(join(given.folder, `${String(next).padStart(16, '0')}.jsonl`), '{"chain":"4bf9');
    await run(given, 2);
    expect(kindsIn(given.folder)).toContain('healed');
    expect(await findings(given)).toEqual([]);
  });

  test('a journal whose very first line is torn begins its chain', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    mkdirSync(given.folder);
    writeFileSync(join(given.folder, '0000000000000001.jsonl'), '{"chain":"4bf9');
    await run(given, 1);
    expect(kindsIn(given.folder)).toEqual(['opened', 'healed', 'checkpoint', 'entry', 'checkpoint']);
    expect(await findings(given)).toEqual([]);
  });

  test('a witness that was never filled is no witness', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    await run(given, 1);
    for (const content of ['', '\0'.repeat(1_024), ' '.repeat(1_024)]) {
      writeFileSync(given.witness, content);
      await run(given, 1);
      expect(readWitness(given.witness)?.seq).toBe(linesIn(given.folder).length);
    }
  });
});

describe('what no crash brings about is refused, and left as it is', () => {
  const refused = async (given: AuditLogOptions, message: RegExp): Promise<void> => {
    const contents = () =>
      readdirSync(given.folder).map((name) => [name, readFileSync(join(given.folder, name), 'utf8')]);
    const before = contents().filter(([name]) => !name?.startsWith('caregraph.lock'));
    await expect(openAuditLog(given)).rejects.toThrow(message);
    expect(contents().filter(([name]) => !name?.startsWith('caregraph.lock'))).toEqual(before);
    // And its message says what to do.
    await expect(openAuditLog(given)).rejects.toThrow(/npm run audit -- verify/);
  };

  const altering = async (alter: (given: AuditLogOptions) => void, message: RegExp): Promise<void> => {
    using folder = aFolder();
    const given = options(folder.path, { signer, segmentBytes: 3_000 });
    await run(given, 12);
    alter(given);
    await refused(given, message);
  };

  test('a line that is good by itself, and follows another than the one before it', () =>
    altering(({ folder }) => {
      const lines = readFileSync(lastSegment(folder), 'utf8').split('\n');
      const line = readLine(lines[0] ?? '').line;
      if (line?.kind !== 'entry') throw new Error('The segment begins with an entry.');
      const from = { chain: line.chain, head: { seq: line.seq - 1, hash: line.prev }, unsigned: 0 };
      const how = { signer, at: line.at, signed: false };
      const body = { kind: 'entry' as const, entry: { ...line.entry, result: 'FAILED' as const } };
      writeFileSync(lastSegment(folder), lines.with(0, compose(from, [body], how).lines[0] ?? '').join('\n'));
    }, /Line \d+ of the audit journal/));

  test('an edited line', () =>
    altering(({ folder }) => {
      const text = readFileSync(lastSegment(folder), 'utf8');
      writeFileSync(lastSegment(folder), text.replace('"at":"2', '"at":"3'));
    }, /Line \d+ of the audit journal, in .*\.jsonl, is not as it was written/));

  test('a deleted line', () =>
    altering(({ folder }) => {
      const lines = readFileSync(lastSegment(folder), 'utf8').split('\n');
      writeFileSync(lastSegment(folder), lines.toSpliced(0, 1).join('\n'));
    }, /Line \d+ of the audit journal/));

  test('a tail that was cut at the end of a line', () =>
    altering(({ folder }) => {
      const text = readFileSync(lastSegment(folder), 'utf8');
      writeFileSync(lastSegment(folder), text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1));
    }, /ends with line \d+, and the witness knows of line \d+/));

  test('a tail that was cut in a line that had been acknowledged', () =>
    altering(({ folder }) => {
      truncateSync(lastSegment(folder), statSync(lastSegment(folder)).size - 20);
    }, /the witness knows of line/));

  test('a segment that is missing in the middle', () =>
    altering(({ folder }) => {
      rmSync(listSegments(folder).at(-2)?.file ?? '');
    }, /The lines from \d+ on, before .* are not there/));

  test('an older copy of all of it', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    await run(given, 2);
    cpSync(given.folder, join(folder.path, 'older'), { recursive: true });
    await run(given, 2);
    rmSync(given.folder, { recursive: true });
    cpSync(join(folder.path, 'older'), given.folder, { recursive: true });
    await refused(given, /the witness knows of line/);
  });

  test('an empty folder beside a witness that knows of a chain', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    await run(given, 2);
    rmSync(given.folder, { recursive: true });
    await expect(openAuditLog(given)).rejects.toThrow(/The witness knows of the chain .* does not hold it/);
  });

  test('a witness that is something else', async () => {
    using folder = aFolder();
    const given = options(folder.path, { signer });
    await run(given, 1);
    writeFileSync(given.witness, '{"seq":1}');
    await expect(openAuditLog(given)).rejects.toThrow(/does not hold a signed head/);
  });
});

describe('one journal and two processes', () => {
  const FIXTURE = fileURLToPath(new URL('holder.ts', import.meta.url));
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const hold = async (folder: string): Promise<ChildProcess> => {
    const child = fork(FIXTURE, [folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    children.push(child);
    await once(child, 'message');
    return child;
  };

  test('the second is refused, and told which process has it', async () => {
    using folder = aFolder();
    const child = await hold(folder.path);
    await expect(openAuditLog(options(folder.path, { signer }))).rejects.toThrow(`in use by process ${child.pid} `);
    // It writes into the folder until it has ended.
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  test('the lock of a process that was killed is no lock', async () => {
    using folder = aFolder();
    const child = await hold(folder.path);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The child signed with keys of its own.
    await run(options(folder.path, { signer }), 1);
    expect(kindsIn(join(folder.path, 'journal'))).toContain('entry');
  });

  test('within one process a second one is refused as well', async () => {
    using folder = aFolder();
    const audit = await openAuditLog(options(folder.path, { signer }));
    await expect(openAuditLog(options(folder.path, { signer }))).rejects.toThrow(`in use by process ${process.pid} `);
    await audit.close();
    await run(options(folder.path, { signer }), 1);
  });
});
