import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { followAgreements, readAgreements } from '@caregraph/gateway/access/agreement-files.ts';
import { type Agreements, sharesOf } from '@caregraph/gateway/access/agreements.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { createLog } from '@caregraph/service/log.ts';
import type { Reloading } from '@caregraph/service/reloading.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';

const RECORD_TYPES = ['crisisPlans', 'contacts'];
const SHARE = {
  level: 'CONTENT',
  recordTypes: ['crisisPlans'],
  consumers: ['RRU'],
  roles: ['paramedic'],
  purposes: ['directcare'],
};
const AGREEMENT = { id: 'pilot', name: 'The pilot', from: '2018-12-01', custodians: ['RW5'], shares: [SHARE] };

let folder: string;
const followed: Reloading<Agreements>[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'caregraph-agreements-'));
});
afterEach(() => {
  for (const each of followed.splice(0)) each.close();
  rmSync(folder, { recursive: true });
});

/** Writes a file; what is no text becomes YAML. */
function write(name: string, content: unknown): void {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : stringify(content));
}

const read = (): Agreements => readAgreements(folder, RECORD_TYPES);

/** The lines of the error with which the folder is refused, without the folder's path. */
function mistakes(): string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(`${folder}/`, '').split('\n');
  }
  throw new Error('The agreements are valid.');
}

describe('a folder of agreements', () => {
  test('is read, with groups and words spelt out', () => {
    write('groups.yaml', [{ id: 'pilot-trusts', name: 'The trusts of the pilot', members: ['RV5', 'rw5', 'RV5'] }]);
    write('pilot.yaml', {
      ...AGREEMENT,
      until: '2027-03-31',
      custodians: ['group:pilot-trusts', 'rxt', 'RV5'],
      shares: [
        { ...SHARE, recordTypes: 'all', consumers: 'everybody', roles: 'clinicians' },
        { ...SHARE, level: 'POINTER', emergency: true, consumers: ['RRU', 'group:pilot-trusts', 'rru'], roles: 'all' },
      ],
    });
    const clinicians = [
      'paramedic',
      'crisis-clinician',
      'community-nurse',
      'midwife',
      'childrens-clinician',
      'liaison-clinician',
    ];
    expect(read()).toEqual([
      {
        id: 'pilot',
        from: '2018-12-01',
        until: '2027-03-31',
        custodians: new Set(['RV5', 'RW5', 'RXT']),
        terms: [
          {
            level: 'CONTENT',
            emergency: false,
            recordTypes: new Set(RECORD_TYPES),
            consumers: 'everybody',
            roles: new Set(clinicians),
            purposes: new Set(['directcare']),
          },
          {
            level: 'POINTER',
            emergency: true,
            recordTypes: new Set(['crisisPlans']),
            consumers: new Set(['RRU', 'RV5', 'RW5']),
            roles: new Set([...clinicians, 'privacy-officer']),
            purposes: new Set(['directcare']),
          },
        ],
      },
    ]);
  });

  test('needs no groups', () => {
    write('pilot.yaml', AGREEMENT);
    expect(read()).toMatchObject([{ id: 'pilot', until: null }]);
  });

  test('may hold other files, and hidden ones', () => {
    write('pilot.yaml', AGREEMENT);
    write('README.md', '# Agreements');
    write('.pilot.yaml', '{');
    mkdirSync(join(folder, '..2026_11_21'));
    symlinkSync('nowhere', join(folder, '.#pilot.yaml'));
    expect(read()).toHaveLength(1);
  });

  test('knows the record types that the schema has, and no others', () => {
    write('pilot.yaml', { ...AGREEMENT, shares: [{ ...SHARE, recordTypes: ['bloodTests'] }] });
    expect(readAgreements(folder, ['bloodTests'])).toHaveLength(1);
    expect(mistakes()).toContain('  shares.0.recordTypes.0: must be one of crisisPlans, contacts');
  });
});

describe('the example in docs/agreements.md', () => {
  const ALL = ['crisisPlans', 'contacts', 'careContacts'];
  const everything = { crisisPlans: 'CONTENT', contacts: 'CONTENT', careContacts: 'CONTENT' };
  const nothing = { crisisPlans: null, contacts: null, careContacts: null };

  test.each([
    [
      'RRU',
      'paramedic',
      '2027-03-31',
      { crisisPlans: 'CONTENT', contacts: 'CONTENT', careContacts: 'POINTER' },
      everything,
    ],
    ['X26', 'midwife', '2027-03-31', { crisisPlans: 'POINTER', contacts: 'CONTENT', careContacts: 'POINTER' }, null],
    [
      'X26',
      'crisis-clinician',
      '2027-03-31',
      { crisisPlans: 'POINTER', contacts: 'CONTENT', careContacts: 'POINTER' },
      everything,
    ],
    ['RRU', 'privacy-officer', '2027-03-31', nothing, null],
    ['RRU', 'paramedic', '2027-04-01', nothing, null],
  ] as const)('shares with %s, %s, on %s what the page says', (organisation, role, day, whole, broken) => {
    const page = readFileSync(new URL('../../../docs/agreements.md', import.meta.url), 'utf8');
    write('pilot.yaml', /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '');
    copyFileSync(
      fileURLToPath(import.meta.resolve('@caregraph/demo/agreements/groups.yaml')),
      join(folder, 'groups.yaml'),
    );
    const agreements = readAgreements(folder, [...ALL, 'alerts']);
    const shares = sharesOf(agreements, { organisation, role, purpose: 'directcare' }, day);
    const levels = (glassBroken: boolean) =>
      Object.fromEntries(ALL.map((type) => [type, shares.levelOf('RW5', type, { glassBroken })]));
    expect(levels(false)).toEqual(whole);
    expect(shares.mayBreakGlass).toBe(broken !== null);
    expect(levels(true)).toEqual(broken ?? whole);
  });
});

describe('mistakes', () => {
  test('are told all at once, with file and path', () => {
    write('groups.yaml', [
      { id: 'trusts', name: 'Trusts', members: ['RW5', 'group:others'] },
      { id: 'trusts', name: 'Trusts', members: [] },
    ]);
    write('a.yaml', {
      ...AGREEMENT,
      from: '2027-02-29',
      shares: [{ ...SHARE, level: 'EVERYTHING', recordTypes: ['alerts'] }],
    });
    write('b.yaml', {
      ...AGREEMENT,
      until: '2018-11-30',
      custodians: ['group:trusts', 'R'],
      shares: [SHARE, { ...SHARE, roles: ['doctor'], purposes: ['research'], emergencies: true }],
    });
    write('c.yaml', 'id: [');
    expect(mistakes()).toEqual([
      'a.yaml is not a valid configuration:',
      '  id: must be its own: another agreement has the same id',
      '  from: must be a day of the calendar written "YYYY-MM-DD"',
      expect.stringMatching(/^ {2}shares\.0\.level: .*POINTER.*CONTENT/),
      '  shares.0.recordTypes.0: must be one of crisisPlans, contacts',
      'b.yaml is not a valid configuration:',
      '  id: must be its own: another agreement has the same id',
      '  custodians.1: must be an ODS code (in quotes when it could be a number), or "group:" and the id of a group',
      expect.stringMatching(/^ {2}shares\.1\.roles\.0: must be one of paramedic, .*privacy-officer$/),
      '  shares.1.purposes.0: must be one of directcare, patientaccess',
      '  shares.1: Unrecognized key: "emergencies"',
      '  until: is before "from": it is the last day in force',
      'c.yaml is not a valid configuration:',
      expect.stringMatching(/^ {2}.* at line 1/),
      'groups.yaml is not a valid configuration:',
      '  0.id: must be its own: another group has the same id',
      '  0.members.1: must be an ODS code: a group holds organisations, and no other groups',
      '  1.id: must be its own: another group has the same id',
      '  1.members: must be a list that names at least one',
    ]);
  });

  test.each<[string, object, string]>([
    ['no id', { id: undefined }, '  id: is missing (string)'],
    ['an id in capitals', { id: 'Pilot' }, '  id: must be of small letters, digits and single hyphens'],
    ['no first day', { from: undefined }, '  from: is missing (string)'],
    [
      'a first day with a time',
      { from: '2026-01-01T00:00' },
      '  from: must be a day of the calendar written "YYYY-MM-DD"',
    ],
    ['no custodian', { custodians: [] }, '  custodians: must be a list that names at least one'],
    ['custodians that are no list', { custodians: 'RW5' }, '  custodians: must be a list that names at least one'],
    ['everybody as custodian', { custodians: 'everybody' }, '  custodians: must be a list that names at least one'],
    ['nothing that is shared', { shares: [] }, '  shares: must hold at least one'],
    [
      'a group that is not there',
      { custodians: ['group:trust'] },
      '  custodians.0: must be a group that groups.yaml holds: trusts',
    ],
    [
      'an ODS code that YAML takes for a number',
      { custodians: [800] },
      '  custodians.0: must be an ODS code (in quotes when it could be a number), or "group:" and the id of a group',
    ],
    [
      'no consumers',
      { shares: [{ ...SHARE, consumers: undefined }] },
      '  shares.0.consumers: must be a list that names at least one, or the word "everybody"',
    ],
    [
      'a word that stands for nothing',
      { shares: [{ ...SHARE, recordTypes: 'toString' }] },
      '  shares.0.recordTypes: must be a list that names at least one, or the word "all"',
    ],
    [
      'a word within a list',
      { shares: [{ ...SHARE, consumers: ['everybody', 'RRU'], roles: ['clinicians'] }] },
      '  shares.0.roles.0: must be one of paramedic, crisis-clinician, community-nurse, midwife, childrens-clinician, liaison-clinician, privacy-officer',
    ],
    [
      'an emergency in words',
      { shares: [{ ...SHARE, emergency: 'yes' }] },
      '  shares.0.emergency: Invalid input: expected boolean, received string',
    ],
  ])('such as %s are told', (_what, changed, line) => {
    write('groups.yaml', [{ id: 'trusts', name: 'Trusts', members: ['RW5'] }]);
    write('pilot.yaml', { ...AGREEMENT, ...changed });
    expect(mistakes()).toEqual(['pilot.yaml is not a valid configuration:', line]);
  });

  test('in groups are not told again where the groups are named', () => {
    write('groups.yaml', [{ id: 'trusts', members: ['RW5'] }]);
    write('pilot.yaml', { ...AGREEMENT, custodians: ['group:trusts'] });
    expect(mistakes()).toEqual(['groups.yaml is not a valid configuration:', '  0.name: is missing (string)']);
  });

  test('may be that a group is named and there are no groups', () => {
    write('pilot.yaml', { ...AGREEMENT, custodians: ['group:trusts'] });
    expect(mistakes()).toContain('  custodians.0: must be a group that groups.yaml holds: it holds none');
  });

  test('may be two agreements in one file', () => {
    write('pilot.yaml', `${stringify(AGREEMENT)}---\n${stringify({ ...AGREEMENT, id: 'other' })}`);
    expect(mistakes()[1]).toMatch(/multiple documents/);
  });

  test('may be that there is no agreement: every patient would look like one of whom nobody holds a record', () => {
    const none = `The folder ${folder} holds no sharing agreement: it must hold a .yaml file for each.`;
    expect(() => read()).toThrow(new ConfigError(none));
    write('groups.yaml', [{ id: 'trusts', name: 'Trusts', members: ['RW5'] }]);
    expect(() => read()).toThrow(new ConfigError(none));
  });

  test('may be that there is no folder', () => {
    const missing = join(folder, 'missing');
    expect(() => readAgreements(missing, RECORD_TYPES)).toThrow(
      new ConfigError(`The folder of sharing agreements ${missing} cannot be read.`),
    );
  });
});

describe('while the gateway runs', () => {
  let logged: { level: number; msg: string; agreements?: string[]; mistakes?: string[] }[];
  beforeEach(() => {
    logged = [];
  });

  function follow(): Reloading<Agreements> {
    const destination = { write: (line: string) => void logged.push(JSON.parse(line)) };
    const agreements = followAgreements({
      folder,
      recordTypes: () => RECORD_TYPES,
      log: createLog({ name: 'test', destination }),
    });
    followed.push(agreements);
    return agreements;
  }

  const level = (agreements: Reloading<Agreements>, recordType = 'crisisPlans') =>
    sharesOf(
      agreements.current(),
      { organisation: 'RRU', role: 'paramedic', purpose: 'directcare' },
      '2026-11-21',
    ).levelOf('RW5', recordType, { glassBroken: false });

  test('a changed agreement takes effect', () => {
    write('pilot.yaml', AGREEMENT);
    const agreements = follow();
    expect(level(agreements)).toBe('CONTENT');
    write('pilot.yaml', { ...AGREEMENT, shares: [{ ...SHARE, level: 'POINTER' }] });
    agreements.check();
    expect(level(agreements)).toBe('POINTER');
    expect(logged).toMatchObject([{ level: 30, agreements: ['pilot'], msg: 'the sharing agreements were replaced' }]);
  });

  test('an agreement that is added, and one that is taken away, take effect', () => {
    write('pilot.yaml', AGREEMENT);
    const agreements = follow();
    write('contacts.yaml', { ...AGREEMENT, id: 'contacts', shares: [{ ...SHARE, recordTypes: ['contacts'] }] });
    agreements.check();
    expect([level(agreements), level(agreements, 'contacts')]).toEqual(['CONTENT', 'CONTENT']);
    rmSync(join(folder, 'pilot.yaml'));
    agreements.check();
    expect([level(agreements), level(agreements, 'contacts')]).toEqual([null, 'CONTENT']);
    expect(logged.map((line) => line.agreements)).toEqual([['contacts', 'pilot'], ['contacts']]);
  });

  test("a group's change takes effect", () => {
    write('groups.yaml', [{ id: 'ambulances', name: 'Ambulances', members: ['RYA'] }]);
    write('pilot.yaml', { ...AGREEMENT, shares: [{ ...SHARE, consumers: ['group:ambulances'] }] });
    const agreements = follow();
    expect(level(agreements)).toBeNull();
    write('groups.yaml', [{ id: 'ambulances', name: 'Ambulances', members: ['RYA', 'RRU'] }]);
    agreements.check();
    expect(level(agreements)).toBe('CONTENT');
  });

  test('a bad file is refused with every mistake, and the last good agreements stay in force', () => {
    write('pilot.yaml', AGREEMENT);
    const agreements = follow();
    write('contacts.yaml', { ...AGREEMENT, from: 'soon', shares: [{ ...SHARE, roles: ['doctor'] }] });
    // A good change in another file waits for it: agreements are taken together or not at all.
    write('pilot.yaml', { ...AGREEMENT, shares: [{ ...SHARE, level: 'POINTER' }] });
    agreements.check();
    expect(level(agreements)).toBe('CONTENT');
    expect(logged).toMatchObject([
      {
        level: 50,
        msg: 'the sharing agreements were refused: the last good ones stay in force',
        mistakes: [
          expect.stringMatching(/contacts\.yaml is not/),
          '  id: must be its own: another agreement has the same id',
          '  from: must be a day of the calendar written "YYYY-MM-DD"',
          expect.stringMatching(/^ {2}shares\.0\.roles\.0: must be one of/),
          expect.stringMatching(/pilot\.yaml is not/),
          '  id: must be its own: another agreement has the same id',
        ],
      },
    ]);
    rmSync(join(folder, 'contacts.yaml'));
    agreements.check();
    expect(level(agreements)).toBe('POINTER');
  });

  test('a folder that is emptied, or goes, takes nothing away', () => {
    write('pilot.yaml', AGREEMENT);
    const agreements = follow();
    rmSync(join(folder, 'pilot.yaml'));
    agreements.check();
    expect(level(agreements)).toBe('CONTENT');
    renameSync(folder, `${folder}-away`);
    agreements.check();
    expect(level(agreements)).toBe('CONTENT');
    renameSync(`${folder}-away`, folder);
    expect(logged.map((line) => line.level)).toEqual([50, 50]);
  });

  test('nothing that could be an NHS number reaches the log, wherever somebody has put it', () => {
    write('pilot.yaml', AGREEMENT);
    const agreements = follow();
    write('pilot.yaml', {
      ...AGREEMENT,
      id: '9434765919',
      '943 476 5919': 1,
      custodians: ['9434765919', 'group:9434765919'],
    });
    agreements.check();
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toMatch(/943.?476.?5919/);
  });

  test('it does not start without agreements', () => {
    expect(() => follow()).toThrow(ConfigError);
  });
});
