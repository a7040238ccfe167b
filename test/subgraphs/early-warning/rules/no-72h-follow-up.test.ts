import { describe, expect, test } from 'vitest';
import { code, contact, death, FOREIGN, inCrisis, patient, referral, spell } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore, shifted, windowsOf } from '../windows.ts';

const { verdict, warning, missing } = asking('NO_72H_FOLLOW_UP');

/*
 * Discharged on Monday 1 June: Tuesday, Wednesday and Thursday are the days on which a follow-up counts, and on Friday it is
 * overdue.
 */
const ADMITTED = '2026-05-01T09:00:00+01:00';
const DISCHARGED = '2026-06-01T15:00:00+01:00';
const DAY_1 = '2026-06-02T09:00:00+01:00';
const DAY_4 = '2026-06-05T00:00:00+01:00';
const NOW = '2026-06-15T12:00:00+01:00';
const stay = spell('RXT', ADMITTED, DISCHARGED, { id: 'stay' });
const A_DAY = 86_400_000;

describe('NO_72H_FOLLOW_UP: no follow-up within 72 hours of discharge from an acute bed, as national reporting counts it', () => {
  test('speaks from the end of the third day on, and says who discharged the patient, and when', () => {
    expect(warning(patient([stay]), NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'HIGH',
      text: 'Discharged from an acute bed of Birmingham and Solihull on 1 June 2026, and seen by nobody within 72 hours, at any trust. Not seen since.',
      since: Date.parse(DAY_4),
      events: [{ kind: 'HOSPITAL_SPELL', id: 'RXT:stay', at: Date.parse(DISCHARGED) }],
      thresholds: ['followUpDays: 3 days', 'days: 90 days'],
      missing: [],
    });
    expect(verdict(patient([stay]), DAY_4)).toBe('RAISED');
    expect(verdict(patient([stay]), justBefore(DAY_4))).toBe('NOTHING');
  });

  test('says when the patient was seen after all', () => {
    const late = patient([stay, contact('TAJ', DAY_4), contact('RXT', '2026-06-09T09:00:00+01:00')]);
    expect(warning(late, NOW)?.text).toMatch(/, at any trust\. First seen on 5 June 2026\.$/);
  });

  test('says nothing of who is in hospital still', () => {
    expect(verdict(patient([spell('RXT', ADMITTED, null)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([spell('RXT', ADMITTED, justAfter(NOW))]), NOW)).toBe('NOTHING');
  });

  describe('the days on which a follow-up counts', () => {
    test.each([
      ['on the day itself, before it', '2026-06-01T14:59:59+01:00', 'RAISED'],
      ['on the day itself, after it', '2026-06-01T15:00:01+01:00', 'RAISED'],
      ['in the last moment of the day itself', '2026-06-01T23:59:59.999+01:00', 'RAISED'],
      ['in the first moment of day 1', '2026-06-02T00:00:00+01:00', 'NOTHING'],
      ['on day 1', '2026-06-02T12:00:00+01:00', 'NOTHING'],
      ['on day 2', '2026-06-03T12:00:00+01:00', 'NOTHING'],
      ['within 72 hours to the minute', '2026-06-04T15:00:00+01:00', 'NOTHING'],
      ['after 72 hours, on day 3', '2026-06-04T15:00:01+01:00', 'NOTHING'],
      ['in the last moment of day 3', '2026-06-04T23:59:59.999+01:00', 'NOTHING'],
      ['in the first moment of day 4', '2026-06-05T00:00:00+01:00', 'RAISED'],
    ])('are those of the calendar: %s', (_, start, expected) => {
      expect(verdict(patient([stay, contact('RXT', start)]), NOW)).toBe(expected);
      expect(verdict(patient([stay, spell('RXT', start, null)]), NOW)).toBe(expected);
    });

    // UK clocks go forward on 29 March 2026, and back on 25 October 2026.
    test.each([
      ['2026-03-26T12:00:00+00:00', '2026-03-27T00:00:00+00:00', '2026-03-30T00:00:00+01:00'],
      ['2026-03-28T23:59:59.999+00:00', '2026-03-29T00:00:00+00:00', '2026-04-01T00:00:00+01:00'],
      ['2026-03-29T00:00:00+00:00', '2026-03-30T00:00:00+01:00', '2026-04-02T00:00:00+01:00'],
      ['2026-03-29T00:01:00+00:00', '2026-03-30T00:00:00+01:00', '2026-04-02T00:00:00+01:00'],
      ['2026-03-29T23:59:00+01:00', '2026-03-30T00:00:00+01:00', '2026-04-02T00:00:00+01:00'],
      ['2026-03-30T00:01:00+01:00', '2026-03-31T00:00:00+01:00', '2026-04-03T00:00:00+01:00'],
      ['2026-10-22T12:00:00+01:00', '2026-10-23T00:00:00+01:00', '2026-10-26T00:00:00+00:00'],
      ['2026-10-24T23:59:00+01:00', '2026-10-25T00:00:00+01:00', '2026-10-28T00:00:00+00:00'],
      ['2026-10-25T00:01:00+01:00', '2026-10-26T00:00:00+00:00', '2026-10-29T00:00:00+00:00'],
      ['2026-10-25T23:59:00+00:00', '2026-10-26T00:00:00+00:00', '2026-10-29T00:00:00+00:00'],
      ['2026-10-26T00:01:00+00:00', '2026-10-27T00:00:00+00:00', '2026-10-30T00:00:00+00:00'],
    ])('are those of UK clocks: discharged at %s', (discharged, day1, day4) => {
      const left = spell('RXT', shifted(discharged, -20 * A_DAY), discharged);
      const seen = (start: string) => verdict(patient([left, contact('RXT', start)]), shifted(day4, A_DAY));
      expect(seen(justBefore(day1))).toBe('RAISED');
      expect(seen(day1)).toBe('NOTHING');
      expect(seen(justBefore(day4))).toBe('NOTHING');
      expect(seen(day4)).toBe('RAISED');
      expect(verdict(patient([left]), justBefore(day4))).toBe('NOTHING');
      expect(warning(patient([left]), day4)?.since).toBe(Date.parse(day4));
    });
  });

  describe('what counts as a follow-up', () => {
    test('is a contact at any trust, planned or not, by a team of any type', () => {
      expect(verdict(patient([stay, contact('TAJ', DAY_1)]), NOW)).toBe('NOTHING');
      expect(verdict(patient([stay, inCrisis('TAJ', DAY_1)]), NOW)).toBe('NOTHING');
      expect(verdict(patient([stay, contact('TAJ', DAY_1, { team: null, planned: null })]), NOW)).toBe('NOTHING');
    });

    test.each([
      ['ATTENDED_ON_TIME', 'NOTHING'],
      ['ATTENDED_LATE', 'NOTHING'],
      ['ATTENDED', 'NOTHING'],
      ['LATE_NOT_SEEN', 'RAISED'],
      ['DID_NOT_ATTEND', 'RAISED'],
      ['CANCELLED_BY_PATIENT', 'RAISED'],
      ['CANCELLED_BY_PROVIDER', 'RAISED'],
    ])('is one that the patient came to: %s', (attendStatus, expected) => {
      expect(verdict(patient([stay, contact('RXT', DAY_1, { attendStatus })]), NOW)).toBe(expected);
    });

    test.each([
      ['01', 'NOTHING'],
      ['02', 'NOTHING'],
      ['04', 'NOTHING'],
      ['11', 'NOTHING'],
      ['03', 'RAISED'],
      ['05', 'RAISED'],
      ['09', 'RAISED'],
      ['10', 'RAISED'],
      ['12', 'RAISED'],
      ['13', 'RAISED'],
      ['98', 'RAISED'],
    ])('is one by voice or by sight: mechanism %s', (mechanism, expected) => {
      const met = contact('RXT', DAY_1, { consultationMechanism: code(mechanism) });
      expect(verdict(patient([stay, met]), NOW)).toBe(expected);
    });

    test('is a readmission, also to another trust, and to a bed of any class', () => {
      expect(verdict(patient([stay, spell('TAJ', DAY_1, null)]), NOW)).toBe('NOTHING');
      expect(verdict(patient([stay, spell('TAJ', DAY_1, null, { bedClass: code('206') })]), NOW)).toBe('NOTHING');
      expect(verdict(patient([stay, spell('TAJ', DAY_1, null, { bedClass: null })]), NOW)).toBe('NOTHING');
    });

    test('asks of a readmission for a follow-up of its own', () => {
      const again = spell('RXT', DAY_1, '2026-06-08T15:00:00+01:00', { id: 'again' });
      expect(warning(patient([stay, again]), NOW)).toMatchObject({ events: [{ id: 'RXT:again' }] });
      expect(verdict(patient([stay, again, contact('RXT', '2026-06-09T09:00:00+01:00')]), NOW)).toBe('NOTHING');
    });
  });

  describe('which discharges ask for one', () => {
    test.each(['200', '201', '202', '205', '212', '213'])('are those from a bed of class %s', (bedClass) => {
      expect(verdict(patient([spell('RXT', ADMITTED, DISCHARGED, { bedClass: code(bedClass) })]), NOW)).toBe('RAISED');
    });

    test.each(['203', '204', '206', '207', '208', '209', '210', '211', '214', '300', '301'])(
      'are not those from one of class %s',
      (bedClass) => {
        expect(verdict(patient([spell('RXT', ADMITTED, DISCHARGED, { bedClass: code(bedClass) })]), NOW)).toBe(
          'NOTHING',
        );
      },
    );

    test.each([
      ['1', 'RAISED'],
      ['2', 'RAISED'],
      ['3', 'RAISED'],
      ['4', 'NOTHING'],
      ['5', 'NOTHING'],
      ['8', 'RAISED'],
      [null, 'RAISED'],
    ])('are not by death: method %s', (method, expected) => {
      const dischargeMethod = method === null ? null : code(method);
      expect(verdict(patient([spell('RXT', ADMITTED, DISCHARGED, { dischargeMethod })]), NOW)).toBe(expected);
    });

    test.each(['30', '37', '38', '40', '42', '48', '49', '50', '53', '79', '84', '87', '89'])(
      'are not to another hospital, a court, a prison or abroad: destination %s',
      (destination) => {
        const elsewhere = spell('RXT', ADMITTED, DISCHARGED, { dischargeDestination: code(destination) });
        expect(verdict(patient([elsewhere]), NOW)).toBe('NOTHING');
      },
    );

    test.each(['19', '29', '51', '52', '54', '65', '66', '85', '88', '98', '99', null])(
      'are all others: destination %s',
      (destination) => {
        const dischargeDestination = destination === null ? null : code(destination);
        expect(verdict(patient([spell('RXT', ADMITTED, DISCHARGED, { dischargeDestination })]), NOW)).toBe('RAISED');
      },
    );

    test.each([
      ['the day of the discharge', '2026-06-01', 'NOTHING'],
      ['day 1', '2026-06-02', 'NOTHING'],
      ['day 3', '2026-06-04', 'NOTHING'],
      ['day 4', '2026-06-05', 'RAISED'],
    ])('are not those of patients who died by day 3: died on %s', (_, day, expected) => {
      expect(verdict(patient([stay, death('RXT', day)]), NOW)).toBe(expected);
      expect(verdict(patient([stay, death('TAJ', day)]), NOW)).toBe(expected);
    });

    test.each(windowsOf[90])('are those from the first moment of 90 days $name', ({ at, from }) => {
      const left = (end: string) => patient([spell('RXT', shifted(end, -20 * A_DAY), end)]);
      expect(verdict(left(from), at)).toBe('RAISED');
      expect(verdict(left(justBefore(from)), at)).toBe('NOTHING');
    });
  });

  test('speaks of the last of several discharges of which it speaks', () => {
    const before = spell('RXT', '2026-04-01T09:00:00+01:00', '2026-04-20T09:00:00+01:00', { id: 'before' });
    expect(warning(patient([before, stay]), NOW)?.events).toMatchObject([{ id: 'RXT:stay' }]);
    const followed = patient([before, stay, contact('RXT', DAY_1)]);
    expect(warning(followed, NOW)?.events).toMatchObject([{ id: 'RXT:before' }]);
  });

  describe('who is to follow up', () => {
    const onward = (date: string, custodian = 'RXT', to = 'TAJ') =>
      referral(custodian, '2026-05-02T09:00:00+01:00', null, { onwardReferrals: [{ date, to }] });
    const named = 'The patient was referred on to Black Country, who is to follow up.';
    const said = (...referrals: readonly ReturnType<typeof onward>[]) =>
      warning(patient([stay, ...referrals, contact('TAJ', ADMITTED)]), NOW)?.text;

    test.each([
      ['on the day of admission', '2026-05-01T00:00:00+01:00', true],
      ['during the stay', '2026-05-20T09:00:00+01:00', true],
      ['on the day of discharge', '2026-06-01T23:59:59+01:00', true],
      ['on the day before admission', '2026-04-30T23:59:59+01:00', false],
      ['on the day after discharge', '2026-06-02T00:00:00+01:00', false],
    ])('is whom the patient was referred on to within the stay: %s', (_, date, isNamed) => {
      expect(said(onward(date))?.includes(named)).toBe(isNamed);
    });

    test('is the last of several, and nobody named by another trust, or the trust itself', () => {
      const first = onward('2026-05-10T09:00:00+01:00', 'RXT', 'RYG');
      expect(said(onward('2026-05-20T09:00:00+01:00'), first)).toContain(named);
      expect(said(onward('2026-05-20T09:00:00+01:00', 'RYG'))).not.toContain('referred on');
      expect(said(onward('2026-05-20T09:00:00+01:00', 'RXT', 'RXT'))).not.toContain('referred on');
    });

    test('is told by its code where nobody has said its name', () => {
      expect(said(onward('2026-05-20T09:00:00+01:00', 'RXT', 'RHA'))).toContain('referred on to RHA,');
    });
  });

  test('is measured by what a deployment sets', () => {
    const seen = patient([stay, contact('RXT', '2026-06-05T09:00:00+01:00')]);
    expect(verdict(seen, NOW, { thresholds: { NO_72H_FOLLOW_UP: { followUpDays: 4 } } })).toBe('NOTHING');
    expect(verdict(seen, NOW, { thresholds: { NO_72H_FOLLOW_UP: { followUpDays: 3 } } })).toBe('RAISED');
    expect(verdict(seen, NOW, { thresholds: { NO_72H_FOLLOW_UP: { days: 13 } } })).toBe('NOTHING');
  });
});

describe('NO_72H_FOLLOW_UP over what is missing', () => {
  test.each(['careContacts', 'hospitalSpells', 'demographics'] as const)(
    'is not known when somebody has not answered for %s, who may have seen the patient, or know of the death',
    (list) => {
      const stopped = patient([stay], { missing: { TAJ: [list] }, status: 'TIMED_OUT' });
      expect(missing(stopped, NOW)).toEqual([`TAJ ${list} TIMED_OUT`]);
      expect(warning(stopped, NOW)).toMatchObject({ status: 'UNDETERMINED', evaluatedOver: ['RXT'] });
      expect(warning(stopped, NOW)?.text).toContain('By what is known it is so.');
    },
  );

  test('is not known when somebody who has not answered may have discharged the patient', () => {
    const stopped = patient([], { asked: ['RXT'], missing: { TAJ: ['hospitalSpells'] } });
    expect(missing(stopped, NOW)).toEqual(['TAJ hospitalSpells NOT_ANSWERED']);
    expect(verdict(patient([], { indexLost: true }), NOW)).toBe('UNDETERMINED');
    expect(verdict(patient([stay], { indexLost: true }), NOW)).toBe('UNDETERMINED');
  });

  test('says nothing where what is missing cannot make it speak', () => {
    const rest = { TAJ: ['careContacts', 'demographics', 'referrals'] as const };
    expect(verdict(patient([], { asked: ['RXT'], missing: rest }), NOW)).toBe('NOTHING');
    expect(verdict(patient([stay, contact('RXT', DAY_1)], { missing: rest }), NOW)).toBe('NOTHING');
    expect(verdict(patient([stay], { missing: rest }), justBefore(DAY_4))).toBe('NOTHING');
    expect(
      verdict(patient([spell('RXT', ADMITTED, DISCHARGED, { bedClass: code('206') })], { missing: rest }), NOW),
    ).toBe('NOTHING');
  });

  test('speaks without referrals, which only say who is to follow up', () => {
    const stopped = patient([stay], { missing: { RXT: ['referrals'] }, status: 'UNSUPPORTED' });
    expect(verdict(stopped, NOW)).toBe('RAISED');
    expect(missing(stopped, NOW)).toEqual(['RXT referrals UNSUPPORTED']);
  });

  test('does not ask for lists that it does not read', () => {
    expect(verdict(patient([stay], { missing: { TAJ: ['crisisPlans', 'legalStatuses'] } }), NOW)).toBe('RAISED');
  });

  test('is not known when nobody has said what bed it was, in a code that can be read', () => {
    for (const bedClass of [null, FOREIGN]) {
      const unknown = patient([spell('RXT', ADMITTED, DISCHARGED, { bedClass })]);
      expect(missing(unknown, NOW)).toEqual(['RXT hospitalSpells NOT_RECORDED']);
      expect(warning(unknown, NOW)?.text).not.toContain('By what is known it is so.');
      // Whatever bed it was: it ended in death, or the patient was seen.
      const died = spell('RXT', ADMITTED, DISCHARGED, { bedClass, dischargeMethod: code('4') });
      expect(verdict(patient([died]), NOW)).toBe('NOTHING');
      const left = spell('RXT', ADMITTED, DISCHARGED, { bedClass });
      expect(verdict(patient([left, contact('RXT', DAY_1)]), NOW)).toBe('NOTHING');
    }
  });

  test('is not known when how the stay ended, or where to, is said in another code system', () => {
    for (const fields of [{ dischargeMethod: FOREIGN }, { dischargeDestination: FOREIGN }]) {
      expect(missing(patient([spell('RXT', ADMITTED, DISCHARGED, fields)]), NOW)).toEqual([
        'RXT hospitalSpells NOT_RECORDED',
      ]);
    }
  });

  test('is not known when a meeting leaves open how it took place, or whether', () => {
    const open = [{ consultationMechanism: null }, { consultationMechanism: FOREIGN }, { attendStatus: null }];
    for (const fields of open) {
      expect(missing(patient([stay, contact('TAJ', DAY_1, fields)]), NOW)).toEqual(['TAJ careContacts NOT_RECORDED']);
      // One on the day itself could not have counted.
      expect(verdict(patient([stay, contact('TAJ', DISCHARGED, fields)]), NOW)).toBe('RAISED');
    }
    const byEmail = contact('TAJ', DAY_1, { attendStatus: null, consultationMechanism: code('05') });
    expect(verdict(patient([stay, byEmail]), NOW)).toBe('RAISED');
  });

  test('is not known when the patient is known to have died, and not on which day', () => {
    expect(missing(patient([stay, death('TAJ', null)]), NOW)).toEqual(['TAJ demographics NOT_RECORDED']);
    expect(verdict(patient([stay, death('TAJ', null, { deceased: false })]), NOW)).toBe('RAISED');
    expect(verdict(patient([stay, death('TAJ', null, { deceased: null })]), NOW)).toBe('RAISED');
    expect(verdict(patient([stay, death('TAJ', '2026-06-02', { deceased: null })]), NOW)).toBe('NOTHING');
  });
});
