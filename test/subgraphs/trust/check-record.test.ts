import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordChecks } from '../../../subgraphs/trust/contract-schema.ts';
import { anyRecord, schema, TYPES } from './arbitraries.ts';

const checks = recordChecks(schema);
const contact = {
  id: '1',
  lastUpdated: '2026-01-01T00:00:00Z',
  kind: 'CRISIS_TEAM',
  priority: 1,
  name: 'Crisis team',
  role: null,
  team: { name: 'Crisis team', type: { system: null, code: 'A02', display: null } },
  telecoms: [{ system: 'PHONE', value: '020 7946 0123', use: 'WORK', rank: 1, voicemail: null }],
  hours: [{ days: ['MONDAY'], allDay: false, opens: '09:00', closes: '17:00' }],
  gaps: [{ description: 'Closed.', start: '2026-12-25', end: '2026-12-26' }],
  outOfHours: null,
};
const problemOf = (changes: object): string | null | undefined => checks.get('contacts')?.({ ...contact, ...changes });

describe('a record', () => {
  it('passes when the contract allows it, whatever its type and content', () => {
    expect([...checks.keys()].sort()).toEqual([...TYPES].sort());
    for (const type of TYPES) {
      fc.assert(
        fc.property(anyRecord(type), (record) => {
          expect(checks.get(type)?.(record)).toBeNull();
        }),
      );
    }
  });

  it('passes without the keys that may be null, and with keys beside the contract’s', () => {
    const { role: _, outOfHours: __, ...rest } = contact;
    expect(checks.get('contacts')?.({ ...rest, internal: 1 })).toBeNull();
  });

  it.each([
    [{ id: undefined }, 'id: missing'],
    [{ id: 7 }, 'id: not text'],
    [{ id: '' }, 'id: empty'],
    [{ kind: 'crisis_team' }, 'kind: none of the values of ContactKind'],
    [{ kind: '__proto__' }, 'kind: none of the values of ContactKind'],
    [{ priority: '1' }, 'priority: not a whole number of 32 bits'],
    [{ priority: 1.5 }, 'priority: not a whole number of 32 bits'],
    [{ priority: 2 ** 31 }, 'priority: not a whole number of 32 bits'],
    [{ lastUpdated: '2026-02-30T00:00:00Z' }, 'lastUpdated: not a DateTime'],
    [{ lastUpdated: 'infinity' }, 'lastUpdated: not a DateTime'],
    [{ telecoms: null }, 'telecoms: missing'],
    [{ telecoms: {} }, 'telecoms: not a list'],
    [{ telecoms: [null] }, 'telecoms[]: missing'],
    [{ telecoms: [{ system: 'PHONE' }] }, 'telecoms[].value: missing'],
    [
      { telecoms: [{ system: 'PHONE', value: '1', voiceMail: true }] },
      'telecoms[]: a key that the contract does not have',
    ],
    [{ telecoms: [{ system: 'PHONE', value: '1', voicemail: 'no' }] }, 'telecoms[].voicemail: neither true nor false'],
    [{ hours: [{ days: ['Mon'], allDay: true }] }, 'hours[].days[]: none of the values of DayOfWeek'],
    [{ hours: [{ days: [], allDay: false, opens: '24:00' }] }, 'hours[].opens: not a LocalTime'],
    [{ gaps: [{ description: '', start: '2026-13-01', end: '2026-12-26' }] }, 'gaps[].start: not a Date'],
    [{ team: { name: 'x', type: { code: null } } }, 'team.type.code: missing'],
    [{ team: 'x' }, 'team: not an object'],
    [{ team: JSON.parse('{"name":"x","__proto__":{"polluted":true}}') }, 'team: a key that the contract does not have'],
  ])('is told what is wrong with it and where, without the value: %j', (changes, problem) => {
    expect(problemOf(changes)).toBe(problem);
  });

  it('is not helped by what it inherits', () => {
    expect(checks.get('contacts')?.(Object.create(contact))).toBe('id: missing');
  });

  it('is an object', () => {
    for (const none of [null, undefined, 1, 'x', [], [contact]]) {
      expect(checks.get('contacts')?.(none)).toBe('record: not an object');
    }
  });

  it('never makes the check throw, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...TYPES), (value, type) => {
        const problem = checks.get(type)?.(value);
        expect(typeof problem).toBe('string');
      }),
    );
  });
});
