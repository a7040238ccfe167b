import { describe, expect, test } from 'vitest';
import { contact, FOREIGN, inCrisis, patient, team } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore, windowsOf } from '../windows.ts';

const { verdict, warning, missing } = asking('REPEAT_CRISIS');

const NOW = '2026-06-15T12:00:00+01:00';
const on = (day: number): string => `2026-06-${String(day).padStart(2, '0')}T09:00:00+01:00`;
const two = [inCrisis('RXT', on(1)), inCrisis('TAJ', on(2))];

describe('REPEAT_CRISIS: three contacts or more with crisis teams within 28 days', () => {
  test('speaks of three, at any trusts, since the third', () => {
    const met = patient([...two, inCrisis('RXT', on(5)), inCrisis('RXT', on(6))]);
    expect(warning(met, NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'HIGH',
      text: 'Seen by crisis teams 4 times in the last 28 days, at Birmingham and Solihull and Black Country.',
      since: Date.parse(on(5)),
      thresholds: ['contacts: 3 contacts', 'days: 28 days'],
      missing: [],
    });
    expect(verdict(patient([1, 2, 3].map((day) => inCrisis('RXT', on(day)))), NOW)).toBe('RAISED');
  });

  test('says nothing of two', () => {
    expect(verdict(patient(two), NOW)).toBe('NOTHING');
  });

  test.each(['A02', 'A11', 'A19', 'A20', 'A21', 'A22', 'A23', 'A24', 'A25'])('counts a team of type %s', (type) => {
    expect(verdict(patient([...two, inCrisis('RYG', on(3), { team: team(type) })]), NOW)).toBe('RAISED');
  });

  test.each(['A01', 'A03', 'A06', 'A10', 'A12', 'A18', 'A26', 'C02'])('does not count one of type %s', (type) => {
    expect(verdict(patient([...two, inCrisis('RYG', on(3), { team: team(type) })]), NOW)).toBe('NOTHING');
  });

  test('reads the teams of SNOMED CT, and those of no system', () => {
    const third = (system: string | null, code: string) =>
      verdict(patient([...two, inCrisis('RYG', on(3), { team: { type: { system, code } } })]), NOW);
    const SNOMED = 'http://snomed.info/sct';
    expect(third(null, 'A11')).toBe('RAISED');
    expect(third('http://datadictionary.nhs.uk/attributes/service_or_team_type.html', 'A11')).toBe('RAISED');
    for (const crisis of ['92151000000102', '92221000000103', '310119000'])
      expect(third(SNOMED, crisis)).toBe('RAISED');
    for (const other of ['89301000000108', '91901000000109', '92191000000105']) {
      expect(third(SNOMED, other)).toBe('NOTHING');
    }
  });

  test('counts planned contacts, and none that the patient did not come to', () => {
    expect(verdict(patient([...two, inCrisis('RYG', on(3), { planned: true })]), NOW)).toBe('RAISED');
    for (const attendStatus of ['DID_NOT_ATTEND', 'LATE_NOT_SEEN', 'CANCELLED_BY_PATIENT', 'CANCELLED_BY_PROVIDER']) {
      expect(verdict(patient([...two, inCrisis('RYG', on(3), { attendStatus })]), NOW)).toBe('NOTHING');
    }
  });

  test.each(windowsOf[28])('counts from the first moment of 28 days $name, to the last', ({ at, from }) => {
    const met = (first: string, last: string) =>
      patient([inCrisis('RXT', first), inCrisis('RXT', at), inCrisis('RXT', last)]);
    expect(verdict(met(from, at), at)).toBe('RAISED');
    expect(verdict(met(justBefore(from), at), at)).toBe('NOTHING');
    expect(verdict(met(from, justAfter(at)), at)).toBe('NOTHING');
  });

  test('is measured by what a deployment sets', () => {
    const three = patient([...two, inCrisis('RXT', on(3))]);
    expect(verdict(three, NOW, { thresholds: { REPEAT_CRISIS: { contacts: 4 } } })).toBe('NOTHING');
    expect(verdict(patient(two), NOW, { thresholds: { REPEAT_CRISIS: { contacts: 2 } } })).toBe('RAISED');
    expect(verdict(three, NOW, { thresholds: { REPEAT_CRISIS: { days: 15 } } })).toBe('RAISED');
    expect(verdict(three, NOW, { thresholds: { REPEAT_CRISIS: { days: 14 } } })).toBe('NOTHING');
  });
});

describe('REPEAT_CRISIS over what is missing', () => {
  test('is not known when somebody has not answered, however few are known', () => {
    const stopped = patient([], { missing: { TAJ: ['careContacts'] } });
    expect(missing(stopped, NOW)).toEqual(['TAJ careContacts NOT_ANSWERED']);
    expect(verdict(stopped, NOW)).toBe('UNDETERMINED');
    expect(missing(patient(two, { indexLost: true }), NOW)).toEqual(['* careContacts INDEX_UNAVAILABLE']);
    expect(missing(patient(two, { missing: { RYG: ['careContacts'] }, status: 'NOT_SHARED' }), NOW)).toEqual([
      'RYG careContacts NOT_SHARED',
    ]);
  });

  test('speaks all the same of three that are known', () => {
    const stopped = patient([...two, inCrisis('RXT', on(3))], { missing: { RYG: ['careContacts'] } });
    expect(warning(stopped, NOW)).toMatchObject({ status: 'RAISED', evaluatedOver: ['RXT', 'TAJ'] });
  });

  test('does not ask for lists that it does not read', () => {
    expect(verdict(patient(two, { missing: { RYG: ['hospitalSpells', 'referrals'] } }), NOW)).toBe('NOTHING');
  });

  test('is not known when a record leaves open the team, or whether the patient came', () => {
    const open = [
      { team: null },
      { team: { type: null } },
      { team: { type: FOREIGN } },
      { team: { type: { system: 'http://snomed.info/sct', code: '999999' } } },
      { team: { type: { system: null, code: 'crisis team' } } },
      { attendStatus: null },
    ];
    for (const fields of open) {
      const third = patient([...two, inCrisis('RYG', on(3), fields)]);
      expect(missing(third, NOW)).toEqual(['RYG careContacts NOT_RECORDED']);
      expect(verdict(third, NOW)).toBe('UNDETERMINED');
      expect(verdict(patient([inCrisis('RXT', on(1)), inCrisis('RYG', on(3), fields)]), NOW)).toBe('NOTHING');
    }
  });

  test('is settled where the team is none of a crisis, whether or not the patient came', () => {
    expect(verdict(patient([...two, contact('RYG', on(3), { attendStatus: null })]), NOW)).toBe('NOTHING');
  });
});
