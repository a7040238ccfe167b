import { describe, expect, test } from 'vitest';
import { contact, missed, patient, referral, spell, unplanned } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore, shifted, windowsOf } from '../windows.ts';

const { verdict, warning, missing } = asking('DISCHARGED_AFTER_MISSED');

const NOW = '2026-06-15T12:00:00+01:00';
const REFERRED = '2026-01-10T09:00:00+00:00';
const MISSED = '2026-05-01T09:00:00+01:00';
const CLOSED = '2026-05-10T09:00:00+01:00';
const AFTER = '2026-06-01T09:00:00+01:00';
const A_DAY = 86_400_000;
const closed = referral('RXT', REFERRED, CLOSED, { id: 'closed' });
const last = missed('RXT', MISSED, { id: 'missed' });
const discharged = [closed, last];

describe('DISCHARGED_AFTER_MISSED: referral closed after a missed contact, nothing after', () => {
  test('speaks, and says what was missed, and when it was closed', () => {
    expect(warning(patient(discharged), NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'MEDIUM',
      text: 'Birmingham and Solihull closed the referral on 10 May 2026, after the patient missed the meeting of 1 May 2026. Nothing is recorded anywhere since.',
      since: Date.parse(CLOSED),
      events: [
        { kind: 'CARE_CONTACT', id: 'RXT:missed' },
        { kind: 'REFERRAL', id: 'RXT:closed' },
      ],
      thresholds: ['days: 365 days'],
      missing: [],
    });
  });

  test.each(['DID_NOT_ATTEND', 'LATE_NOT_SEEN'])('speaks of a meeting with status %s', (attendStatus) => {
    expect(verdict(patient([closed, contact('RXT', MISSED, { attendStatus })]), NOW)).toBe('RAISED');
  });

  test('looks at the last meeting before the referral was closed, apart from those that were cancelled', () => {
    expect(verdict(patient([...discharged, contact('RXT', justAfter(MISSED))]), NOW)).toBe('NOTHING');
    expect(verdict(patient([...discharged, contact('RXT', justBefore(MISSED))]), NOW)).toBe('RAISED');
    for (const attendStatus of ['CANCELLED_BY_PATIENT', 'CANCELLED_BY_PROVIDER']) {
      expect(verdict(patient([...discharged, contact('RXT', CLOSED, { attendStatus })]), NOW)).toBe('RAISED');
      expect(verdict(patient([closed, contact('RXT', MISSED, { attendStatus })]), NOW)).toBe('NOTHING');
    }
    expect(verdict(patient([closed, missed('RXT', CLOSED)]), NOW)).toBe('RAISED');
    expect(verdict(patient([closed, missed('RXT', justAfter(CLOSED))]), NOW)).toBe('NOTHING');
    expect(verdict(patient([closed, missed('RXT', REFERRED)]), NOW)).toBe('RAISED');
    expect(verdict(patient([closed, missed('RXT', justBefore(REFERRED))]), NOW)).toBe('NOTHING');
  });

  test('looks at meetings of the trust that closed it', () => {
    expect(verdict(patient([closed, missed('TAJ', MISSED)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([closed]), NOW)).toBe('NOTHING');
  });

  test('says nothing of a referral that is open', () => {
    expect(verdict(patient([referral('RXT', REFERRED, null), last]), NOW)).toBe('NOTHING');
    expect(verdict(patient([referral('RXT', REFERRED, justAfter(NOW)), last]), NOW)).toBe('NOTHING');
    expect(verdict(patient([referral('RXT', REFERRED, NOW), last]), NOW)).toBe('RAISED');
  });

  test.each([
    ['a meeting that was kept', contact('TAJ', AFTER)],
    ['a meeting that nobody had planned', unplanned('RXT', AFTER)],
    ['a meeting to come', contact('TAJ', justAfter(NOW), { attendStatus: null })],
    ['a stay in hospital', spell('TAJ', AFTER, NOW)],
    ['a stay in hospital that goes on from before', spell('TAJ', MISSED, null)],
    ['a stay in hospital that went on when the referral was closed', spell('TAJ', MISSED, justAfter(CLOSED))],
    ['another referral', referral('TAJ', AFTER, NOW)],
    ['another referral that was open already', referral('TAJ', REFERRED, null)],
  ])('says nothing when something came after, at any trust: %s', (_, after) => {
    expect(verdict(patient([...discharged, after]), NOW)).toBe('NOTHING');
  });

  test.each([
    ['another meeting that was missed', missed('TAJ', AFTER)],
    ['a meeting that was cancelled', contact('TAJ', AFTER, { attendStatus: 'CANCELLED_BY_PATIENT' })],
    ['a meeting before it was closed, elsewhere', contact('TAJ', CLOSED)],
    ['a stay that had ended', spell('TAJ', REFERRED, CLOSED)],
    ['another referral that was closed before', referral('TAJ', REFERRED, MISSED)],
  ])('speaks all the same when nothing came of it: %s', (_, other) => {
    expect(verdict(patient([...discharged, other]), NOW)).toBe('RAISED');
  });

  test.each(windowsOf[365])('counts a referral closed from the first moment of 365 days $name', ({ at, from }) => {
    const closedOn = (end: string) => [
      referral('RXT', shifted(end, -9 * A_DAY), end),
      missed('RXT', shifted(end, -A_DAY)),
    ];
    expect(verdict(patient(closedOn(from)), at)).toBe('RAISED');
    expect(verdict(patient(closedOn(justBefore(from))), at)).toBe('NOTHING');
  });

  test('is measured by what a deployment sets', () => {
    expect(verdict(patient(discharged), NOW, { thresholds: { DISCHARGED_AFTER_MISSED: { days: 37 } } })).toBe('RAISED');
    expect(verdict(patient(discharged), NOW, { thresholds: { DISCHARGED_AFTER_MISSED: { days: 36 } } })).toBe(
      'NOTHING',
    );
  });
});

describe('DISCHARGED_AFTER_MISSED over what is missing', () => {
  test.each(['careContacts', 'hospitalSpells', 'referrals'] as const)(
    'is not known when somebody who has not answered for %s may hold what came after',
    (list) => {
      const stopped = patient(discharged, { missing: { TAJ: [list] }, status: 'TIMED_OUT' });
      expect(missing(stopped, NOW)).toEqual([`TAJ ${list} TIMED_OUT`]);
      expect(warning(stopped, NOW)).toMatchObject({ status: 'UNDETERMINED', evaluatedOver: ['RXT'] });
      expect(warning(stopped, NOW)?.text).toContain('By what is known it is so.');
    },
  );

  test('is not known when somebody who has not answered may have closed one', () => {
    const everything = { TAJ: ['careContacts', 'referrals'] as const };
    expect(verdict(patient([], { missing: everything }), NOW)).toBe('UNDETERMINED');
    expect(verdict(patient([], { indexLost: true }), NOW)).toBe('UNDETERMINED');
    expect(missing(patient([last], { missing: { RXT: ['referrals'] } }), NOW)).toEqual(['RXT referrals NOT_ANSWERED']);
    expect(missing(patient([closed], { missing: { RXT: ['careContacts'] } }), NOW)).toEqual([
      'RXT careContacts NOT_ANSWERED',
    ]);
  });

  test('says nothing where what is missing cannot make it speak', () => {
    expect(verdict(patient([], { missing: { TAJ: ['hospitalSpells'] } }), NOW)).toBe('NOTHING');
    // Nothing was missed at the trust that has not told its referrals.
    expect(verdict(patient([contact('TAJ', MISSED)], { missing: { TAJ: ['referrals'] } }), NOW)).toBe('NOTHING');
    // Nothing was closed at the trust that has not told its contacts.
    expect(verdict(patient([], { asked: ['RXT'], missing: { TAJ: ['careContacts'] } }), NOW)).toBe('NOTHING');
    // Something came after.
    expect(
      verdict(patient([...discharged, contact('RXT', AFTER)], { missing: { TAJ: ['hospitalSpells'] } }), NOW),
    ).toBe('NOTHING');
    expect(verdict(patient([], { missing: { TAJ: ['crisisPlans', 'legalStatuses'] } }), NOW)).toBe('NOTHING');
  });

  test('is not known when nobody has said whether the patient came to the last meeting', () => {
    const unknown = patient([closed, contact('RXT', MISSED, { attendStatus: null })]);
    expect(missing(unknown, NOW)).toEqual(['RXT careContacts NOT_RECORDED']);
    expect(warning(unknown, NOW)?.text).not.toContain('By what is known it is so.');
  });

  test('is not known when nobody has said whether the patient came to a meeting since', () => {
    const since = contact('TAJ', AFTER, { attendStatus: null });
    expect(missing(patient([...discharged, since]), NOW)).toEqual(['TAJ careContacts NOT_RECORDED']);
  });

  test('needs no team, neither of the meeting nor of the referral', () => {
    const noTeam = [referral('RXT', REFERRED, CLOSED, { team: null }), missed('RXT', MISSED, { team: null })];
    expect(verdict(patient(noTeam), NOW)).toBe('RAISED');
  });
});
