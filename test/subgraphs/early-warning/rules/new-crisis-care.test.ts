import { describe, expect, test } from 'vitest';
import { code, contact, FOREIGN, inCrisis, patient, referral, spell, team } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore } from '../windows.ts';

const { verdict, warning, missing } = asking('NEW_CRISIS_CARE');

const NOW = '2026-06-15T12:00:00+01:00';
const ADMITTED = '2026-01-10T09:00:00+00:00';
const homeTreatment = (custodian: string, start: string, end: string | null = null, id = 'home') =>
  referral(custodian, start, end, { team: team('A02'), id });

describe('NEW_CRISIS_CARE: 14 days or less after discharge', () => {
  test('speaks, and says from where and when', () => {
    const left = patient([spell('RXT', ADMITTED, '2026-06-10T15:00:00+01:00', { id: 'stay' })]);
    expect(warning(left, NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'HIGH',
      text: 'Left hospital, at Birmingham and Solihull, on 10 June 2026.',
      since: Date.parse('2026-06-10T15:00:00+01:00'),
      events: [{ kind: 'HOSPITAL_SPELL', id: 'RXT:stay' }],
      window: null,
      thresholds: ['homeTreatmentDays: 7 days', 'dischargeDays: 14 days', 'pauseDays: 7 days'],
    });
  });

  // 14 days of the calendar: the day of the discharge is day 0.
  test.each([
    ['in winter', '2026-02-15T23:59:59.999+00:00', '2026-02-01T00:00:00+00:00'],
    ['in summer', '2026-06-15T23:59:59.999+01:00', '2026-06-01T00:00:00+01:00'],
    ['across March', '2026-04-05T23:59:59.999+01:00', '2026-03-22T00:00:00+00:00'],
    ['from the day on which clocks go forward', '2026-04-12T00:30:00+01:00', '2026-03-29T00:00:00+00:00'],
    ['across October', '2026-11-01T23:59:59.999+00:00', '2026-10-18T00:00:00+01:00'],
    ['from the day on which clocks go back', '2026-11-08T00:30:00+00:00', '2026-10-25T00:00:00+01:00'],
  ])('counts from the first moment of the fourteenth day before, %s', (_, at, first) => {
    expect(verdict(patient([spell('RXT', ADMITTED, first)]), at)).toBe('RAISED');
    expect(verdict(patient([spell('RXT', ADMITTED, justBefore(first))]), at)).toBe('NOTHING');
    expect(verdict(patient([spell('RXT', ADMITTED, at)]), at)).toBe('RAISED');
    expect(verdict(patient([spell('RXT', ADMITTED, justAfter(at))]), at)).toBe('NOTHING');
  });

  test('says nothing of who is in hospital still, or died there', () => {
    expect(verdict(patient([spell('RXT', ADMITTED, null)]), NOW)).toBe('NOTHING');
    for (const died of ['4', '5']) {
      expect(verdict(patient([spell('RXT', ADMITTED, NOW, { dischargeMethod: code(died) })]), NOW)).toBe('NOTHING');
    }
    for (const method of [code('1'), code('2'), code('3'), code('8'), null]) {
      expect(verdict(patient([spell('RXT', ADMITTED, NOW, { dischargeMethod: method })]), NOW)).toBe('RAISED');
    }
  });

  test('names the last discharge of several, whichever stay began last', () => {
    const long = spell('RXT', ADMITTED, '2026-06-12T15:00:00+01:00');
    const short = spell('TAJ', '2026-06-01T09:00:00+01:00', '2026-06-08T15:00:00+01:00');
    expect(warning(patient([long, short]), NOW)?.text).toBe(
      'Left hospital, at Birmingham and Solihull, on 12 June 2026.',
    );
  });

  test('counts a bed of any class', () => {
    for (const bedClass of [code('200'), code('206'), FOREIGN, null]) {
      expect(verdict(patient([spell('RXT', ADMITTED, NOW, { bedClass })]), NOW)).toBe('RAISED');
    }
  });
});

describe('NEW_CRISIS_CARE: under home treatment for less than 7 days', () => {
  test('speaks by the referral, and says by whom and since when', () => {
    expect(warning(patient([homeTreatment('TAJ', '2026-06-12T09:00:00+01:00')]), NOW)).toMatchObject({
      status: 'RAISED',
      text: 'Under home treatment by Black Country since 12 June 2026.',
      since: Date.parse('2026-06-12T09:00:00+01:00'),
      events: [{ kind: 'REFERRAL', id: 'TAJ:home' }],
    });
  });

  test.each([
    ['in summer', '2026-06-15T12:00:00+01:00', '2026-06-08T12:00:00+01:00'],
    ['across March', '2026-04-01T01:30:00+01:00', '2026-03-25T01:30:00+00:00'],
    ['from 01:30 of the night that has none', '2026-04-05T01:30:00+01:00', '2026-03-29T02:30:00+01:00'],
    ['across October', '2026-10-28T01:30:00+00:00', '2026-10-21T01:30:00+01:00'],
    ['from 01:30 of the night that has two', '2026-11-01T01:30:00+00:00', '2026-10-25T01:30:00+01:00'],
  ])('speaks up to the last moment before 7 days, %s', (_, at, sevenDays) => {
    expect(verdict(patient([homeTreatment('RXT', justAfter(sevenDays))]), at)).toBe('RAISED');
    expect(verdict(patient([homeTreatment('RXT', sevenDays)]), at)).toBe('NOTHING');
    expect(verdict(patient([homeTreatment('RXT', at)]), at)).toBe('RAISED');
    expect(verdict(patient([homeTreatment('RXT', justAfter(at))]), at)).toBe('NOTHING');
    // The same of visits, where no referral says it.
    expect(verdict(patient([inCrisis('RXT', justAfter(sevenDays))]), at)).toBe('RAISED');
    expect(verdict(patient([inCrisis('RXT', sevenDays)]), at)).toBe('NOTHING');
  });

  test('speaks of an open referral to home treatment alone', () => {
    const start = '2026-06-12T09:00:00+01:00';
    expect(verdict(patient([homeTreatment('RXT', start, NOW)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([homeTreatment('RXT', start, justAfter(NOW))]), NOW)).toBe('RAISED');
    expect(verdict(patient([referral('RXT', start, null)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([referral('RXT', start, null, { team: team('A11') })]), NOW)).toBe('NOTHING');
    const snomed = { type: { system: 'http://snomed.info/sct', code: '92221000000103' } };
    expect(verdict(patient([referral('RXT', start, null, { team: snomed })]), NOW)).toBe('RAISED');
  });

  test('tells it from the visits where the trust has recorded no such referral', () => {
    const visits = [8, 9, 10, 11].map((day) =>
      inCrisis('TAJ', `2026-06-${String(day).padStart(2, '0')}T14:00:00+01:00`),
    );
    expect(warning(patient(visits), NOW)).toMatchObject({
      status: 'RAISED',
      text: 'Visited by the crisis team of Black Country since 8 June 2026.',
      since: Date.parse('2026-06-08T14:00:00+01:00'),
    });
    // A referral says it better: it began weeks ago.
    expect(verdict(patient([...visits, homeTreatment('TAJ', '2026-05-20T09:00:00+01:00')]), NOW)).toBe('NOTHING');
  });

  test('takes visits for one treatment that are not more than 7 days apart', () => {
    const last = inCrisis('TAJ', '2026-06-14T14:00:00+01:00');
    expect(verdict(patient([last, inCrisis('TAJ', '2026-06-07T14:00:00+01:00')]), NOW)).toBe('NOTHING');
    expect(verdict(patient([last, inCrisis('TAJ', justBefore('2026-06-07T14:00:00+01:00'))]), NOW)).toBe('RAISED');
  });

  test('says nothing of meetings with other teams, that were missed, or are still to come', () => {
    const start = '2026-06-12T09:00:00+01:00';
    expect(verdict(patient([contact('RXT', start)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([inCrisis('RXT', start, { team: team('A11') })]), NOW)).toBe('NOTHING');
    expect(verdict(patient([inCrisis('RXT', start, { attendStatus: 'DID_NOT_ATTEND' })]), NOW)).toBe('NOTHING');
    expect(verdict(patient([inCrisis('RXT', justAfter(NOW), { attendStatus: null })]), NOW)).toBe('NOTHING');
  });

  test('says both where both are so, since the earlier', () => {
    const both = patient([
      spell('RXT', ADMITTED, '2026-06-10T15:00:00+01:00'),
      homeTreatment('TAJ', '2026-06-11T09:00:00+01:00'),
    ]);
    expect(warning(both, NOW)).toMatchObject({
      text: 'Left hospital, at Birmingham and Solihull, on 10 June 2026. Under home treatment by Black Country since 11 June 2026.',
      since: Date.parse('2026-06-10T15:00:00+01:00'),
      events: [{ kind: 'HOSPITAL_SPELL' }, { kind: 'REFERRAL' }],
    });
  });

  test('is measured by what a deployment sets', () => {
    const left = patient([spell('RXT', ADMITTED, '2026-06-10T15:00:00+01:00')]);
    expect(verdict(left, NOW, { thresholds: { NEW_CRISIS_CARE: { dischargeDays: 5 } } })).toBe('RAISED');
    expect(verdict(left, NOW, { thresholds: { NEW_CRISIS_CARE: { dischargeDays: 4 } } })).toBe('NOTHING');
    const referred = patient([homeTreatment('RXT', '2026-06-12T09:00:00+01:00')]);
    expect(verdict(referred, NOW, { thresholds: { NEW_CRISIS_CARE: { homeTreatmentDays: 4 } } })).toBe('RAISED');
    expect(verdict(referred, NOW, { thresholds: { NEW_CRISIS_CARE: { homeTreatmentDays: 3 } } })).toBe('NOTHING');
    const visited = patient([
      inCrisis('RXT', '2026-06-14T14:00:00+01:00'),
      inCrisis('RXT', '2026-06-07T14:00:00+01:00'),
    ]);
    expect(verdict(visited, NOW, { thresholds: { NEW_CRISIS_CARE: { pauseDays: 6 } } })).toBe('RAISED');
  });
});

describe('NEW_CRISIS_CARE over what is missing', () => {
  test.each(['careContacts', 'hospitalSpells', 'referrals'] as const)(
    'is not known when somebody has not answered for %s',
    (list) => {
      const stopped = patient([], { asked: ['RXT'], missing: { TAJ: [list] }, status: 'INVALID' });
      expect(missing(stopped, NOW)).toEqual([`TAJ ${list} INVALID`]);
      expect(warning(stopped, NOW)).toMatchObject({ status: 'UNDETERMINED', evaluatedOver: ['RXT'] });
    },
  );

  test('is not known when nobody knows who else holds something', () => {
    expect(missing(patient([], { indexLost: true }), NOW)).toEqual([
      '* careContacts INDEX_UNAVAILABLE',
      '* hospitalSpells INDEX_UNAVAILABLE',
      '* referrals INDEX_UNAVAILABLE',
    ]);
  });

  test('speaks all the same of a discharge, or of a referral, that is known', () => {
    const everything = { TAJ: ['careContacts', 'hospitalSpells', 'referrals'] as const };
    expect(verdict(patient([spell('RXT', ADMITTED, NOW)], { missing: everything }), NOW)).toBe('RAISED');
    const referred = homeTreatment('RXT', '2026-06-12T09:00:00+01:00');
    expect(verdict(patient([referred], { missing: everything }), NOW)).toBe('RAISED');
    expect(verdict(patient([referred], { indexLost: true }), NOW)).toBe('RAISED');
  });

  test('does not ask for lists that it does not read', () => {
    expect(verdict(patient([], { missing: { TAJ: ['legalStatuses', 'crisisPlans', 'demographics'] } }), NOW)).toBe(
      'NOTHING',
    );
  });

  describe('where visits alone tell it', () => {
    const visit = inCrisis('RXT', '2026-06-12T14:00:00+01:00');

    test('is not known when another may have visited before', () => {
      expect(missing(patient([visit], { missing: { TAJ: ['careContacts'] } }), NOW)).toEqual([
        'TAJ careContacts NOT_ANSWERED',
      ]);
      expect(verdict(patient([visit], { indexLost: true }), NOW)).toBe('UNDETERMINED');
    });

    test('is not known when a referral may say that it began before', () => {
      expect(missing(patient([visit], { missing: { RXT: ['referrals'] } }), NOW)).toEqual([
        'RXT referrals NOT_ANSWERED',
      ]);
      const old = referral('RXT', '2026-05-01T09:00:00+01:00', null, { team: null });
      expect(missing(patient([visit, old]), NOW)).toEqual(['RXT referrals NOT_RECORDED']);
    });

    test('speaks where another has not answered for its referrals, which are of other care', () => {
      expect(verdict(patient([visit], { missing: { TAJ: ['referrals', 'hospitalSpells'] } }), NOW)).toBe('RAISED');
    });

    test('is not known when an earlier meeting may have been such a visit', () => {
      const earlier = { start: '2026-06-07T14:00:00+01:00' };
      for (const fields of [{ team: null }, { attendStatus: null }]) {
        expect(missing(patient([visit, inCrisis('RXT', earlier.start, fields)]), NOW)).toEqual([
          'RXT careContacts NOT_RECORDED',
        ]);
      }
      // Whether or not there was another, it began less than a week ago.
      expect(verdict(patient([visit, inCrisis('RXT', '2026-06-10T14:00:00+01:00', { team: null })]), NOW)).toBe(
        'RAISED',
      );
    });

    test('is not known when the only meetings may have been such visits, or the last of them alone', () => {
      const maybe = (start: string) => inCrisis('RXT', start, { team: null });
      expect(missing(patient([maybe('2026-06-12T14:00:00+01:00')]), NOW)).toEqual(['RXT careContacts NOT_RECORDED']);
      expect(verdict(patient([maybe('2026-06-12T14:00:00+01:00'), maybe('2026-06-07T14:00:00+01:00')]), NOW)).toBe(
        'UNDETERMINED',
      );
      expect(verdict(patient([maybe('2026-06-08T12:00:00+01:00')]), NOW)).toBe('NOTHING');
    });
  });

  test('is not known when nobody knows the team of a new referral', () => {
    for (const open of [null, { type: null }, { type: FOREIGN }]) {
      const start = '2026-06-12T09:00:00+01:00';
      expect(missing(patient([referral('RXT', start, null, { team: open })]), NOW)).toEqual([
        'RXT referrals NOT_RECORDED',
      ]);
      expect(verdict(patient([referral('RXT', start, NOW, { team: open })]), NOW)).toBe('NOTHING');
      expect(verdict(patient([referral('RXT', '2026-06-08T12:00:00+01:00', null, { team: open })]), NOW)).toBe(
        'NOTHING',
      );
    }
  });
});
