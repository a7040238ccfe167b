import { describe, expect, test } from 'vitest';
import { contact, FOREIGN, inCrisis, patient, team, unplanned } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore, windowsOf } from '../windows.ts';

const { verdict, warning, missing } = asking('MULTI_TRUST');

const NOW = '2026-06-15T12:00:00+01:00';
const ONE = '2026-06-01T09:00:00+01:00';
const OTHER = '2026-06-10T22:00:00+01:00';

describe('MULTI_TRUST: unplanned contacts at two trusts or more within 28 days', () => {
  test('speaks of two trusts, says which, since when, and by which contacts', () => {
    const met = patient([
      unplanned('RXT', ONE, { id: 'one' }),
      unplanned('TAJ', OTHER, { id: 'other' }),
      unplanned('TAJ', '2026-06-12T22:00:00+01:00', { id: 'again' }),
    ]);
    expect(warning(met, NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'HIGH',
      text: '2 trusts met this patient unplanned in the last 28 days: Birmingham and Solihull and Black Country. Each may not know of the others.',
      since: Date.parse(OTHER),
      events: [{ id: 'RXT:one' }, { id: 'TAJ:other' }, { id: 'TAJ:again' }],
      thresholds: ['trusts: 2 trusts', 'days: 28 days'],
      evaluatedOver: ['RXT', 'TAJ'],
      missing: [],
    });
  });

  test('says nothing of one trust, however often it met the patient', () => {
    expect(verdict(patient([1, 2, 3, 4].map((day) => unplanned('RXT', `2026-06-0${day}T09:00:00+01:00`))), NOW)).toBe(
      'NOTHING',
    );
  });

  test('says nothing of a second trust that met the patient as planned, or that the patient did not come to', () => {
    const one = unplanned('RXT', ONE);
    expect(verdict(patient([one, contact('TAJ', OTHER)]), NOW)).toBe('NOTHING');
    for (const attendStatus of ['DID_NOT_ATTEND', 'LATE_NOT_SEEN', 'CANCELLED_BY_PATIENT', 'CANCELLED_BY_PROVIDER']) {
      expect(verdict(patient([one, unplanned('TAJ', OTHER, { attendStatus })]), NOW)).toBe('NOTHING');
    }
    for (const attendStatus of ['ATTENDED_ON_TIME', 'ATTENDED_LATE', 'ATTENDED']) {
      expect(verdict(patient([one, unplanned('TAJ', OTHER, { attendStatus })]), NOW)).toBe('RAISED');
    }
  });

  test('counts a team of any type, and one that nobody has named', () => {
    const one = unplanned('RXT', ONE);
    for (const met of [team('A02'), team('A06'), team('C02'), { type: FOREIGN }, { type: null }, null]) {
      expect(verdict(patient([one, unplanned('TAJ', OTHER, { team: met })]), NOW)).toBe('RAISED');
    }
  });

  test.each(windowsOf[28])('counts from the first moment of 28 days $name, to the last', ({ at, from }) => {
    const met = (start: string, other: string) => patient([unplanned('RXT', start), unplanned('TAJ', other)]);
    expect(verdict(met(from, at), at)).toBe('RAISED');
    expect(verdict(met(justBefore(from), at), at)).toBe('NOTHING');
    expect(verdict(met(from, justAfter(at)), at)).toBe('NOTHING');
    expect(warning(met(from, at), at)?.window).toEqual({ from: Date.parse(from), to: Date.parse(at) });
  });

  test('is measured by what a deployment sets', () => {
    const two = patient([unplanned('RXT', ONE), unplanned('TAJ', OTHER)]);
    const three = patient([unplanned('RXT', ONE), unplanned('TAJ', OTHER), inCrisis('RYG', OTHER)]);
    const thresholds = { MULTI_TRUST: { trusts: 3 } };
    expect(verdict(two, NOW, { thresholds })).toBe('NOTHING');
    expect(warning(three, NOW, { thresholds })).toMatchObject({
      status: 'RAISED',
      thresholds: ['trusts: 3 trusts', 'days: 28 days'],
    });
    expect(verdict(two, NOW, { thresholds: { MULTI_TRUST: { days: 14 } } })).toBe('NOTHING');
  });
});

describe('MULTI_TRUST over what is missing', () => {
  const one = unplanned('RXT', ONE);
  const other = unplanned('TAJ', OTHER);

  test('is not known when one trust is known, and another has not answered', () => {
    const stopped = patient([one], { missing: { TAJ: ['careContacts'] } });
    expect(warning(stopped, NOW)).toMatchObject({
      status: 'UNDETERMINED',
      since: null,
      text: 'It is not known whether several trusts have each met the patient unplanned within a few weeks. It depends on records that are missing, or do not say it: of Black Country.',
      evaluatedOver: ['RXT'],
    });
    expect(missing(stopped, NOW)).toEqual(['TAJ careContacts NOT_ANSWERED']);
  });

  test('says what became of asking', () => {
    for (const status of ['TIMED_OUT', 'UNAVAILABLE', 'INVALID', 'REFUSED', 'NOT_SHARED', 'UNSUPPORTED']) {
      expect(missing(patient([one], { missing: { TAJ: ['careContacts'] }, status }), NOW)).toEqual([
        `TAJ careContacts ${status}`,
      ]);
    }
  });

  test('is not known when two trusts have not answered, and nothing when only one could have', () => {
    expect(verdict(patient([], { missing: { RXT: ['careContacts'], TAJ: ['careContacts'] } }), NOW)).toBe(
      'UNDETERMINED',
    );
    expect(verdict(patient([], { asked: ['RXT'], missing: { TAJ: ['careContacts'] } }), NOW)).toBe('NOTHING');
    expect(verdict(patient([], { missing: { TAJ: ['careContacts'] } }), NOW)).toBe('NOTHING');
    // The trust that is missing is the one that is known already.
    expect(verdict(patient([one], { asked: ['TAJ'], missing: { RXT: ['careContacts'] } }), NOW)).toBe('NOTHING');
  });

  test('is not known when nobody knows who else holds something', () => {
    expect(missing(patient([one], { indexLost: true }), NOW)).toEqual(['* careContacts INDEX_UNAVAILABLE']);
    expect(verdict(patient([], { indexLost: true }), NOW)).toBe('UNDETERMINED');
    expect(warning(patient([one], { indexLost: true }), NOW)?.text).toMatch(/of whoever else holds something\.$/);
  });

  test('speaks all the same when two trusts are known, and names what it could not read', () => {
    const stopped = patient([one, other], { missing: { RYG: ['careContacts'] } });
    expect(verdict(stopped, NOW)).toBe('RAISED');
    expect(missing(stopped, NOW)).toEqual(['RYG careContacts NOT_ANSWERED']);
    expect(warning(stopped, NOW)?.evaluatedOver).toEqual(['RXT', 'TAJ']);
    expect(verdict(patient([one, other], { indexLost: true }), NOW)).toBe('RAISED');
  });

  test('does not ask for lists that it does not read', () => {
    const stopped = patient([one], { missing: { TAJ: ['hospitalSpells', 'referrals', 'crisisPlans'] } });
    expect(verdict(stopped, NOW)).toBe('NOTHING');
  });

  test('is not known when nobody has said whether a meeting was planned, or took place', () => {
    for (const fields of [{ planned: null }, { attendStatus: null }, { attendStatus: 'A_STATUS_OF_NEXT_YEAR' }]) {
      expect(missing(patient([one, unplanned('TAJ', OTHER, fields)]), NOW)).toEqual(['TAJ careContacts NOT_RECORDED']);
      expect(verdict(patient([one, unplanned('RXT', OTHER, fields)]), NOW)).toBe('NOTHING');
    }
    // What is known settles it: it was planned, or did not take place.
    expect(verdict(patient([one, contact('TAJ', OTHER, { attendStatus: null })]), NOW)).toBe('NOTHING');
    const notSeen = unplanned('TAJ', OTHER, { planned: null, attendStatus: 'DID_NOT_ATTEND' });
    expect(verdict(patient([one, notSeen]), NOW)).toBe('NOTHING');
  });

  test('knows that a meeting that is to come has not taken place', () => {
    expect(verdict(patient([one, unplanned('TAJ', justAfter(NOW), { attendStatus: null })]), NOW)).toBe('NOTHING');
  });
});
