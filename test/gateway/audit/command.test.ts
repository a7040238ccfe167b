import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditSigner } from '@caregraph/service/audit/keys.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAuditLog } from '../../../gateway/audit/log.ts';
import { listSegments } from '../../../gateway/audit/segments.ts';
import { aFolder, aKeySet, anEntry, options, PATIENTS } from './harness.ts';

const MAIN = fileURLToPath(new URL('../../../gateway/audit/main.ts', import.meta.url));

/** Two looks at one patient, one at two others, in a journal that a gateway's configuration names. */
const folder = aFolder();
const keys = aKeySet();
const given = options(folder.path, { signer: auditSigner(keys) });
const config = join(folder.path, 'gateway.yaml');
const looks = [
  anEntry({ at: '2026-11-01T10:00:00.000Z' }),
  anEntry({ at: '2026-11-02T10:00:00.000Z', patients: [PATIENTS[1], PATIENTS[2]], custodians: [] }),
  anEntry({ at: '2026-11-03T10:00:00.000Z' }),
];

beforeAll(async () => {
  const audit = await openAuditLog(given);
  for (const look of looks) await audit.record(look);
  await audit.close();
  writeFileSync(join(folder.path, 'keys.json'), JSON.stringify(keys));
  writeFileSync(
    config,
    `development: { keys: ./development }
audit: { folder: journal, witness: witness.json, keys: keys.json }
`,
  );
});

afterAll(() => folder[Symbol.dispose]());

interface Ran {
  readonly status: number | string | null | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs the command. */
function audit(argv: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...argv], (error, out, err) => {
      resolve({ status: error ? error.code : 0, out, err });
    });
    child.stdin?.end(input);
  });
}

/** Changes the journal for as long as this takes. */
async function altered(alter: (text: string) => string, work: () => Promise<void>): Promise<void> {
  const file = listSegments(given.folder)[0]?.file ?? '';
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, alter(before));
  try {
    await work();
  } finally {
    writeFileSync(file, before);
  }
}

describe('npm run audit -- verify', () => {
  test('says that a log is as it was written, how much of it, and what it was compared with', async () => {
    const { status, out, err } = await audit(['verify', '--config', config]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/^ok\n/);
    expect(out).toMatch(/lines +6, of which 3 are entries; the last is 6/);
    expect(out).toMatch(/vouched for +up to line 6/);
    expect(out).toContain(`the witness ${given.witness}, which knows of line 6`);
  });

  test('says which entry is wrong, and how', async () => {
    await altered(
      (text) => text.replace('"at":"2026-11-02', '"at":"2026-11-05'),
      async () => {
        const { status, out } = await audit(['verify', '--config', config]);
        expect(status).toBe(1);
        expect(out).toContain(`ALTERED       Line 4 was edited: its hash is not that of its content.`);
        expect(out).toContain(`It holds the entry ${looks[1]?.id}.`);
        expect(out).toContain('NOT AS IT WAS WRITTEN');
        for (const number of PATIENTS) expect(out).not.toContain(number);
      },
    );
  });

  test('compares with a witness, and with what somebody else noted', async () => {
    const cut = (text: string): string => `${text.split('\n').slice(0, -2).join('\n')}\n`;
    const note = join(folder.path, 'note.json');
    const { out: said } = await audit(['verify', '--config', config]);
    writeFileSync(note, /^head +(.*)$/m.exec(said)?.[1] ?? '');
    const publicKeys = join(folder.path, 'public.json');
    writeFileSync(publicKeys, JSON.stringify({ keys: keys.keys.map((key) => ({ ...key, d: undefined })) }));
    const alone = ['verify', '--folder', given.folder, '--public-keys', publicKeys];
    await altered(cut, async () => {
      const [witnessed, noted, neither] = await Promise.all([
        audit(['verify', '--config', config]),
        audit([...alone, '--head', note]),
        audit(alone),
      ]);
      for (const { status, out } of [witnessed, noted]) {
        expect(status).toBe(1);
        expect(out).toMatch(/CUT_TAIL +Line 6 has been cut off/);
      }
      expect(neither.status).toBe(0);
      expect(neither.out).toContain('an older copy of the whole log would not be found');
    });
  });

  test('trusts the keys that it is told to trust', async () => {
    const others = join(folder.path, 'others.json');
    writeFileSync(others, JSON.stringify(aKeySet()));
    const { status, out } = await audit(['verify', '--config', config, '--public-keys', others]);
    expect(status).toBe(1);
    expect(out).toContain('UNKNOWN_KEY');
  });

  test('that cannot look says why, with another status, and nothing of a key', async () => {
    const secret = join(folder.path, 'secret.json');
    writeFileSync(secret, '{"keys":[{"kty":"OKP","d":"c2VjcmV0"');
    const [none, noFolder, notKeys, usage] = await Promise.all([
      audit(['verify', '--config', join(folder.path, 'none.yaml')]),
      audit(['verify', '--config', config, '--folder', join(folder.path, 'none')]),
      audit(['verify', '--config', config, '--public-keys', secret]),
      audit(['verifi']),
    ]);
    expect([none, noFolder, notKeys, usage].map(({ status }) => status)).toEqual([2, 2, 2, 2]);
    expect(none?.err).toContain('cannot be read');
    expect(noFolder?.err).toContain('none');
    expect(notKeys?.err).toContain('secret.json');
    expect(notKeys?.err).not.toContain('c2VjcmV0');
    expect(usage?.err).toContain('npm run -s audit -- verify');
  });
});

describe('npm run audit -- export', () => {
  const ids = (out: string): string[] =>
    JSON.parse(out).entry?.map(({ resource }: { resource: { id: string } }) => resource.id) ?? [];

  test('prints every look at a patient as a Bundle of AuditEvents, and nothing of other patients', async () => {
    const { status, out, err } = await audit(['export', '--config', config, '--patient', '987 654 3210']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ resourceType: 'Bundle', type: 'collection' });
    expect(ids(out)).toEqual([looks[0]?.id, looks[2]?.id]);
    for (const other of PATIENTS.slice(1)) expect(out).not.toContain(other);
  });

  test('reads the number from the standard input, where other users of the machine do not see it', async () => {
    const { out } = await audit(['export', '--config', config], `${PATIENTS[2]}\n`);
    expect(ids(out)).toEqual([`${looks[1]?.id}-1`]);
    expect(out).not.toContain(PATIENTS[1]);
  });

  test('keeps to a time', async () => {
    const between = (since: string, until: string) =>
      audit(['export', '--config', config, '--patient', PATIENTS[0], '--since', since, '--until', until]);
    const [first, second, none] = await Promise.all([
      between('2026-11-01', '2026-11-03T10:00:00Z'),
      between('2026-11-01T10:00:00.001Z', '2026-11-04'),
      between('2026-11-04', '2026-11-05'),
    ]);
    expect(ids(first?.out ?? '')).toEqual([looks[0]?.id]);
    expect(ids(second?.out ?? '')).toEqual([looks[2]?.id]);
    expect(ids(none?.out ?? '')).toEqual([]);
  });

  test('prints a resource on each line when asked to', async () => {
    const { out } = await audit(['export', '--config', config, '--patient', PATIENTS[0], '--format', 'ndjson']);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ resourceType }) => resourceType)).toEqual(['AuditEvent', 'AuditEvent']);
  });

  test('says so when the log that it has read is not as it was written', async () => {
    await altered(
      (text) => text.replace('"at":"2026-11-02', '"at":"2026-11-05'),
      async () => {
        const { status, out, err } = await audit(['export', '--config', config, '--patient', PATIENTS[0]]);
        expect(status).toBe(1);
        expect(err).toContain('not as it was written');
        expect(ids(out)).toEqual([looks[0]?.id, looks[2]?.id]);
      },
    );
  });

  test('refuses what is no NHS number, and no time, without repeating it', async () => {
    const [number, time] = await Promise.all([
      audit(['export', '--config', config, '--patient', '9876543211']),
      audit(['export', '--config', config, '--patient', PATIENTS[0], '--since', '9876543210']),
    ]);
    expect([number?.status, time?.status]).toEqual([2, 2]);
    expect(number?.err).toContain('check digit');
    expect(`${number?.err}${time?.err}`).not.toMatch(/987654321/);
  });
});
