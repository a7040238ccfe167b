import { describe, expect, test } from 'vitest';
import { contact, FOREIGN, inCrisis, patient, referral, team, unplanned } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore, windowsOf } from '../windows.ts';

const { verdict, warning, missing } = asking('OUT_OF_AREA');

const NOW = '2026-06-15T12:00:00+01:00';
const REFERRED = '2026-01-10T09:00:00+00:00';
const SEEN = '2026-04-01T09:00:00+01:00';
const MET = '2026-06-10T22:00:00+01:00';
const home = referral('RW5', REFERRED, null);
const away = unplanned('RXT', MET, { id: 'met' });

describe('OUT_OF_AREA: unplanned contact away from the home trust', () => {
  test('speaks of a contact elsewhere, and says where, and in whose care the patient is', () => {
    expect(warning(patient([home, away]), NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'LOW',
      text: 'Met unplanned in the last 28 days by Birmingham and Solihull, away from Lancashire Care, in whose care the patient is.',
      since: Date.parse(MET),
      events: [{ kind: 'CARE_CONTACT', id: 'RXT:met' }],
      thresholds: ['days: 28 days', 'homeDays: 365 days'],
      missing: [],
    });
  });

  test('says nothing of a contact at home, or of a planned one elsewhere, or one that did not take place', () => {
    expect(verdict(patient([home, unplanned('RW5', MET)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([home, contact('RXT', MET)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([home, unplanned('RXT', MET, { attendStatus: 'DID_NOT_ATTEND' })]), NOW)).toBe('NOTHING');
  });

  test('takes for home wherever a referral is open to a team that is of no crisis type', () => {
    expect(verdict(patient([referral('RW5', NOW, null), away]), NOW)).toBe('RAISED');
    expect(verdict(patient([referral('RW5', REFERRED, justAfter(NOW)), away]), NOW)).toBe('RAISED');
    expect(verdict(patient([referral('RW5', REFERRED, NOW), away]), NOW)).toBe('NOTHING');
    expect(verdict(patient([referral('RW5', justAfter(NOW), null), away]), NOW)).toBe('NOTHING');
    expect(verdict(patient([referral('RW5', REFERRED, null, { team: team('A02') }), away]), NOW)).toBe('NOTHING');
    // In the care of both.
    expect(verdict(patient([home, referral('RXT', REFERRED, null), away]), NOW)).toBe('NOTHING');
  });

  test('without an open referral, takes for home the trust that last saw the patient as planned', () => {
    const seen = contact('RW5', SEEN);
    expect(verdict(patient([seen, away]), NOW)).toBe('RAISED');
    expect(verdict(patient([seen, contact('RXT', justAfter(SEEN)), away]), NOW)).toBe('NOTHING');
    expect(verdict(patient([contact('RXT', justBefore(SEEN)), seen, away]), NOW)).toBe('RAISED');
    // By the crisis team, or unplanned, or missed: none of these makes a home.
    expect(verdict(patient([inCrisis('RW5', SEEN, { planned: true }), away]), NOW)).toBe('NOTHING');
    expect(verdict(patient([unplanned('RW5', SEEN), away]), NOW)).toBe('NOTHING');
    expect(verdict(patient([contact('RW5', SEEN, { attendStatus: 'DID_NOT_ATTEND' }), away]), NOW)).toBe('NOTHING');
  });

  test('lets an open referral come before any meeting', () => {
    expect(verdict(patient([home, contact('RXT', SEEN), away]), NOW)).toBe('RAISED');
  });

  test('says nothing of a patient who has no home that anybody knows of', () => {
    expect(verdict(patient([away]), NOW)).toBe('NOTHING');
    expect(verdict(patient([away, unplanned('TAJ', MET)]), NOW)).toBe('NOTHING');
  });

  test.each(windowsOf[28])('counts a contact from the first moment of 28 days $name, to the last', ({ at, from }) => {
    const settled = referral('RW5', '2025-01-01T00:00:00Z', null);
    const met = (start: string) => verdict(patient([settled, unplanned('RXT', start)]), at);
    expect(met(from)).toBe('RAISED');
    expect(met(at)).toBe('RAISED');
    expect(met(justBefore(from))).toBe('NOTHING');
    expect(met(justAfter(at))).toBe('NOTHING');
  });

  test.each(windowsOf[365])('looks for a home from the first moment of 365 days $name', ({ at, from }) => {
    expect(verdict(patient([contact('RW5', from), unplanned('RXT', at)]), at)).toBe('RAISED');
    expect(verdict(patient([contact('RW5', justBefore(from)), unplanned('RXT', at)]), at)).toBe('NOTHING');
  });

  test('is measured by what a deployment sets', () => {
    const met = patient([contact('RW5', SEEN), away]);
    expect(verdict(met, NOW, { thresholds: { OUT_OF_AREA: { days: 5 } } })).toBe('RAISED');
    expect(verdict(met, NOW, { thresholds: { OUT_OF_AREA: { days: 4 } } })).toBe('NOTHING');
    expect(verdict(met, NOW, { thresholds: { OUT_OF_AREA: { homeDays: 30 } } })).toBe('NOTHING');
  });
});

describe('OUT_OF_AREA over what is missing', () => {
  const asked = ['RW5', 'RXT', 'TAJ'];

  test('is not known when somebody who has not answered may have met the patient', () => {
    const stopped = patient([home], { asked, missing: { TAJ: ['careContacts'] }, status: 'TIMED_OUT' });
    expect(missing(stopped, NOW)).toEqual(['TAJ careContacts TIMED_OUT']);
    expect(warning(stopped, NOW)?.evaluatedOver).toEqual(['RW5', 'RXT']);
    expect(missing(patient([home], { indexLost: true }), NOW)).toEqual([
      '* careContacts INDEX_UNAVAILABLE',
      '* referrals INDEX_UNAVAILABLE',
    ]);
  });

  test('is not known when the trust that met the patient has not told its referrals', () => {
    const stopped = patient([home, away], { missing: { RXT: ['referrals'] }, status: 'UNSUPPORTED' });
    expect(missing(stopped, NOW)).toEqual(['RXT referrals UNSUPPORTED']);
    expect(verdict(stopped, NOW)).toBe('UNDETERMINED');
  });

  test('speaks all the same where what is missing makes that trust no home', () => {
    const missed = { TAJ: ['referrals', 'careContacts'] as const };
    expect(verdict(patient([home, away], { asked, missing: missed }), NOW)).toBe('RAISED');
    expect(verdict(patient([home, away], { asked, indexLost: true }), NOW)).toBe('RAISED');
    // Whether the home is where the patient was last seen, or at the trust that is missing: it is elsewhere.
    expect(verdict(patient([contact('RW5', SEEN), away], { asked, missing: missed }), NOW)).toBe('RAISED');
  });

  test('is not known when a home that is missing would make of a contact one away from it', () => {
    const unknownHome = patient([contact('RXT', SEEN), away], { asked, missing: { TAJ: ['referrals'] } });
    expect(missing(unknownHome, NOW)).toEqual(['TAJ referrals NOT_ANSWERED']);
    expect(verdict(patient([away], { asked, missing: { TAJ: ['careContacts'] } }), NOW)).toBe('UNDETERMINED');
    expect(verdict(patient([away], { asked, indexLost: true }), NOW)).toBe('UNDETERMINED');
  });

  test('says nothing where what is missing cannot make it speak', () => {
    // Contacts at home do not count, whoever else is at home.
    expect(verdict(patient([home], { missing: { RW5: ['careContacts'] } }), NOW)).toBe('NOTHING');
    // Nobody has met the patient unplanned.
    expect(verdict(patient([home], { asked, missing: { TAJ: ['referrals'] } }), NOW)).toBe('NOTHING');
    // The only trust there is.
    expect(verdict(patient([], { missing: { RXT: ['careContacts', 'referrals'] } }), NOW)).toBe('NOTHING');
    expect(verdict(patient([home], { asked, missing: { TAJ: ['hospitalSpells', 'crisisPlans'] } }), NOW)).toBe(
      'NOTHING',
    );
  });

  test('is not known when nobody has said whether a meeting was planned, or took place', () => {
    for (const fields of [{ planned: null }, { attendStatus: null }]) {
      expect(missing(patient([home, unplanned('RXT', MET, fields)]), NOW)).toEqual(['RXT careContacts NOT_RECORDED']);
      expect(verdict(patient([home, unplanned('RW5', MET, fields)]), NOW)).toBe('NOTHING');
    }
  });

  test('is not known when nobody knows of which type the team is that has the patient in its care', () => {
    for (const open of [null, { type: null }, { type: FOREIGN }]) {
      const only = patient([referral('RW5', REFERRED, null, { team: open }), away]);
      expect(missing(only, NOW)).toEqual(['RW5 referrals NOT_RECORDED']);
      // The trust of the contact may be at home as well.
      const both = patient([home, referral('RXT', REFERRED, null, { team: open }), away]);
      expect(missing(both, NOW)).toEqual(['RXT referrals NOT_RECORDED']);
      // A team at a third trust changes nothing.
      expect(verdict(patient([home, referral('TAJ', REFERRED, null, { team: open }), away]), NOW)).toBe('RAISED');
      // The last planned meeting may have been with the crisis team.
      const seen = patient([contact('RW5', SEEN, { team: open }), away]);
      expect(missing(seen, NOW)).toEqual(['RW5 careContacts NOT_RECORDED']);
    }
  });

  test('is not known when a later meeting may have moved the home', () => {
    const later = contact('TAJ', justAfter(SEEN), { attendStatus: null });
    // To RW5 or to TAJ: away from home in either.
    expect(verdict(patient([contact('RW5', SEEN), later, away]), NOW)).toBe('RAISED');
    // To RXT, where the contact was, or away from there.
    expect(missing(patient([contact('RXT', SEEN), later, away]), NOW)).toEqual(['TAJ careContacts NOT_RECORDED']);
    const atOnce = contact('TAJ', SEEN, { attendStatus: null });
    expect(verdict(patient([contact('RXT', SEEN), atOnce, away]), NOW)).toBe('UNDETERMINED');
    // To the very trust that met the patient.
    const there = contact('RXT', justAfter(SEEN), { attendStatus: null });
    expect(missing(patient([contact('RW5', SEEN), there, away]), NOW)).toEqual(['RXT careContacts NOT_RECORDED']);
    const unread = { missing: { RXT: ['referrals'] } } as const;
    expect(missing(patient([contact('RW5', SEEN), away], unread), NOW)).toEqual(['RXT referrals NOT_ANSWERED']);
    const earlier = contact('TAJ', justBefore(SEEN), { attendStatus: null });
    expect(verdict(patient([contact('RXT', SEEN), earlier, away]), NOW)).toBe('NOTHING');
  });
});
