import { describe, expect, test } from 'vitest';
import { contact, FOREIGN, inCrisis, patient, plan, team } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore, windowsOf } from '../windows.ts';

const { verdict, warning, missing } = asking('NO_CURRENT_PLAN');

const NOW = '2026-06-15T12:00:00+01:00';
const SEEN = '2026-06-01T09:00:00+01:00';
const CREATED = '2025-06-01T09:00:00+01:00';
const crisis = inCrisis('RXT', SEEN, { id: 'seen' });

describe('NO_CURRENT_PLAN: a crisis contact, and no active plan anywhere, or its review overdue', () => {
  test('speaks when there is no plan, since the contact', () => {
    expect(warning(patient([crisis]), NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'MEDIUM',
      text: 'Seen in a crisis by Birmingham and Solihull on 1 June 2026. No crisis plan is in force anywhere.',
      since: Date.parse(SEEN),
      events: [{ kind: 'CARE_CONTACT', id: 'RXT:seen' }],
      thresholds: ['days: 90 days'],
      missing: [],
    });
  });

  test('says nothing of a plan in force at any custodian', () => {
    expect(verdict(patient([crisis, plan('RXT', CREATED)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([crisis, plan('TAJ', CREATED)]), NOW)).toBe('NOTHING');
    const one = plan('TAJ', CREATED, { reviewDue: '2026-01-01' });
    expect(verdict(patient([crisis, one, plan('RYG', CREATED)]), NOW)).toBe('NOTHING');
  });

  test.each(['DRAFT', 'ON_HOLD', 'REVOKED', 'COMPLETED', 'ENTERED_IN_ERROR'])(
    'speaks when the plan is %s',
    (status) => {
      expect(verdict(patient([crisis, plan('TAJ', CREATED, { status })]), NOW)).toBe('RAISED');
    },
  );

  test('says nothing of a patient who was not met in a crisis', () => {
    expect(verdict(patient([]), NOW)).toBe('NOTHING');
    expect(verdict(patient([contact('RXT', SEEN, { planned: false })]), NOW)).toBe('NOTHING');
    expect(verdict(patient([inCrisis('RXT', SEEN, { attendStatus: 'DID_NOT_ATTEND' })]), NOW)).toBe('NOTHING');
  });

  test.each([
    ['of the day of the review, to its last millisecond, in winter', '2026-01-15', '2026-01-15T23:59:59.999+00:00'],
    ['in summer', '2026-06-15', '2026-06-15T23:59:59.999+01:00'],
    ['of the day on which clocks go forward', '2026-03-29', '2026-03-29T23:59:59.999+01:00'],
    ['of the day on which clocks go back', '2026-10-25', '2026-10-25T23:59:59.999+00:00'],
  ])('takes the plan for current up to the end %s', (_, reviewDue, last) => {
    const reviewed = plan('TAJ', CREATED, { reviewDue, id: 'plan' });
    const seen = patient([inCrisis('RXT', justBefore(last)), reviewed, plan('RXT', CREATED, { status: 'DRAFT' })]);
    expect(verdict(seen, last)).toBe('NOTHING');
    const overdue = justAfter(last);
    expect(warning(seen, overdue)).toMatchObject({ status: 'RAISED', since: Date.parse(overdue) });
  });

  test('names the plan whose review is overdue, and the day', () => {
    const overdue = plan('TAJ', CREATED, { reviewDue: '2026-06-10', id: 'plan' });
    expect(warning(patient([crisis, overdue]), NOW)).toMatchObject({
      text: 'Seen in a crisis by Birmingham and Solihull on 1 June 2026. The review of the crisis plan, held by Black Country, was due on 10 June 2026.',
      since: Date.parse('2026-06-11T00:00:00+01:00'),
      events: [{ id: 'TAJ:plan' }, { id: 'RXT:seen' }],
    });
  });

  test.each(windowsOf[90])('counts a contact from the first moment of 90 days $name, to the last', ({ at, from }) => {
    expect(verdict(patient([inCrisis('RXT', from)]), at)).toBe('RAISED');
    expect(verdict(patient([inCrisis('RXT', at)]), at)).toBe('RAISED');
    expect(verdict(patient([inCrisis('RXT', justBefore(from))]), at)).toBe('NOTHING');
    expect(verdict(patient([inCrisis('RXT', justAfter(at))]), at)).toBe('NOTHING');
  });

  test('relies on a plan that the clock of a trust dates a minute ahead', () => {
    expect(verdict(patient([crisis, plan('TAJ', '2026-06-15T12:01:00+01:00')]), NOW)).toBe('NOTHING');
  });

  test('is measured by what a deployment sets', () => {
    expect(verdict(patient([crisis]), NOW, { thresholds: { NO_CURRENT_PLAN: { days: 15 } } })).toBe('RAISED');
    expect(verdict(patient([crisis]), NOW, { thresholds: { NO_CURRENT_PLAN: { days: 14 } } })).toBe('NOTHING');
  });
});

describe('NO_CURRENT_PLAN over what is missing', () => {
  test('is not known when somebody who has not answered may hold a plan', () => {
    const stopped = patient([crisis], { missing: { TAJ: ['crisisPlans'] }, status: 'UNAVAILABLE' });
    expect(missing(stopped, NOW)).toEqual(['TAJ crisisPlans UNAVAILABLE']);
    expect(warning(stopped, NOW)?.text).toContain('By what is known it is so.');
    expect(missing(patient([crisis], { indexLost: true }), NOW)).toEqual([
      '* careContacts INDEX_UNAVAILABLE',
      '* crisisPlans INDEX_UNAVAILABLE',
    ]);
  });

  test('is not known when somebody who has not answered may have met the patient', () => {
    const stopped = patient([], { missing: { TAJ: ['careContacts'] } });
    expect(missing(stopped, NOW)).toEqual(['TAJ careContacts NOT_ANSWERED']);
    expect(warning(stopped, NOW)?.text).not.toContain('By what is known it is so.');
  });

  test('says nothing where what is missing cannot make it speak', () => {
    // A plan is in force; or nobody has met the patient, and plans alone are missing.
    expect(verdict(patient([plan('RXT', CREATED)], { missing: { TAJ: ['careContacts', 'crisisPlans'] } }), NOW)).toBe(
      'NOTHING',
    );
    expect(verdict(patient([crisis, plan('RXT', CREATED)], { indexLost: true }), NOW)).toBe('NOTHING');
    expect(verdict(patient([], { missing: { TAJ: ['crisisPlans'] } }), NOW)).toBe('NOTHING');
  });

  test('speaks all the same where contacts alone are missing, and one is known', () => {
    const stopped = patient([crisis], { missing: { TAJ: ['careContacts'] } });
    expect(warning(stopped, NOW)).toMatchObject({ status: 'RAISED', evaluatedOver: ['RXT'] });
    expect(missing(stopped, NOW)).toEqual(['TAJ careContacts NOT_ANSWERED']);
  });

  test('is not known when a custodian cannot say whether its plan is in force', () => {
    const unknown = plan('TAJ', CREATED, { status: 'UNKNOWN' });
    expect(missing(patient([crisis, unknown]), NOW)).toEqual(['TAJ crisisPlans NOT_RECORDED']);
    // Its review is overdue, whether it is in force or not.
    const overdue = plan('TAJ', CREATED, { status: 'UNKNOWN', reviewDue: '2026-06-14' });
    expect(verdict(patient([crisis, overdue]), NOW)).toBe('RAISED');
  });

  test.each(['736253002', '325691000000100'])(
    'is not known when a plan is known by its pointer alone (%s)',
    (pointerType) => {
      const onPaper = { asked: ['TAJ'], planPointers: ['TAJ'], pointerType };
      expect(missing(patient([crisis], onPaper), NOW)).toEqual(['TAJ crisisPlans ON_PAPER']);
      expect(verdict(patient([], onPaper), NOW)).toBe('NOTHING');
      expect(verdict(patient([crisis, plan('RXT', CREATED)], onPaper), NOW)).toBe('NOTHING');
    },
  );

  test('is not known when a pointer is current, and the record that its custodian gives is not', () => {
    const ended = plan('TAJ', CREATED, { status: 'COMPLETED' });
    expect(missing(patient([crisis, ended], { planPointers: ['TAJ'] }), NOW)).toEqual(['TAJ crisisPlans ON_PAPER']);
    const overdue = plan('TAJ', CREATED, { reviewDue: '2026-06-14' });
    expect(verdict(patient([crisis, overdue], { planPointers: ['TAJ'] }), NOW)).toBe('RAISED');
  });

  test('does not take a pointer to another record for a plan', () => {
    const summary = { planPointers: ['TAJ'], pointerType: '824321000000109' };
    expect(verdict(patient([crisis], summary), NOW)).toBe('RAISED');
  });

  test('is not known when a record leaves open the team, or whether the patient came', () => {
    for (const fields of [{ team: null }, { team: { type: FOREIGN } }, { attendStatus: null }]) {
      expect(missing(patient([inCrisis('RXT', SEEN, fields)]), NOW)).toEqual(['RXT careContacts NOT_RECORDED']);
    }
    expect(verdict(patient([inCrisis('RXT', SEEN, { team: team('A06'), attendStatus: null })]), NOW)).toBe('NOTHING');
  });
});
