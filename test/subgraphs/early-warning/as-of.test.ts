import { describe, expect, test } from 'vitest';
import {
  contact,
  death,
  detention,
  type Entry,
  inCrisis,
  missed,
  patient,
  plan,
  referral,
  spell,
  team,
  unplanned,
} from './patients.ts';
import { asking, type Verdict, warningsOf } from './verdicts.ts';
import { justAfter, justBefore } from './windows.ts';

const NOW = '2026-11-15T12:00:00+00:00';
const THEN = '2026-06-15T12:00:00+01:00';
const on = (day: number): string => `2026-06-${String(day).padStart(2, '0')}T09:00:00+01:00`;
const LONG_BEFORE = '2026-01-10T09:00:00+00:00';
const A_YEAR_BEFORE = '2025-06-15T12:00:00+01:00';
const asked = ['RXT', 'RYG', 'TAJ'];

/** When a record was last changed; when it happened, if nothing is said. */
type Changed = { readonly lastUpdated?: string };

const SINCE: Changed = { lastUpdated: '2026-08-01T09:00:00+01:00' };

const absences = [{ start: on(10), end: null }];

/** For each rule, a patient of whom it spoke, the last of whose records was last changed at some time. */
const SPOKEN: readonly (readonly [string, (changed: Changed) => readonly Entry[]])[] = [
  ['MULTI_TRUST', (changed) => [unplanned('RXT', on(1)), unplanned('TAJ', on(2), changed)]],
  ['REPEAT_CRISIS', (changed) => [inCrisis('RXT', on(1)), inCrisis('RXT', on(2)), inCrisis('RXT', on(3), changed)]],
  ['MISSED_CONTACTS', (changed) => [missed('RXT', on(1)), missed('RXT', on(2), changed)]],
  ['DISCHARGED_AFTER_MISSED', (changed) => [missed('RXT', on(1)), referral('RXT', LONG_BEFORE, on(5), changed)]],
  ['NO_72H_FOLLOW_UP', (changed) => [spell('RXT', LONG_BEFORE, on(1), changed)]],
  ['DETAINED', (changed) => [detention('RXT', on(1), on(2), changed)]],
  ['OUT_OF_AREA', (changed) => [referral('RXT', LONG_BEFORE, null), unplanned('TAJ', on(1), changed)]],
  ['ABSENT', (changed) => [spell('RXT', on(1), null, { absences, ...changed })]],
  ['NEW_CRISIS_CARE', (changed) => [referral('RXT', on(12), null, { team: team('A02'), ...changed })]],
  ['NO_CURRENT_PLAN', (changed) => [inCrisis('RXT', on(1), changed)]],
  ['CONFLICTING_PLANS', (changed) => [plan('RXT', on(1)), plan('TAJ', on(2), changed)]],
];

const then = (rule: string, entries: readonly Entry[], asOf = THEN): Verdict =>
  asking(rule).verdict(patient(entries, { asked }), NOW, { asOf });

describe('as of a moment of the past, each rule', () => {
  test.each(SPOKEN)('%s says what it said then', (rule, entries) => {
    const who = patient(entries({}), { asked });
    const { warning } = asking(rule);
    expect(warning(who, NOW, { asOf: THEN })).toEqual(warning(who, THEN));
    expect(warning(who, NOW, { asOf: THEN })?.status).toBe('RAISED');
  });

  test.each(SPOKEN)('%s says nothing of what had not happened yet', (rule, entries) => {
    expect(then(rule, entries({}), A_YEAR_BEFORE)).toBe('NOTHING');
    expect(then(rule, entries(SINCE), A_YEAR_BEFORE)).toBe('NOTHING');
  });

  test.each(SPOKEN)('%s does not know what a record said that was changed since', (rule, entries) => {
    const who = patient(entries(SINCE), { asked });
    const { warning, missing } = asking(rule);
    expect(warning(who, NOW, { asOf: THEN })).toMatchObject({ status: 'UNDETERMINED', since: null });
    expect(missing(who, NOW, { asOf: THEN })).toEqual([expect.stringMatching(/^(RXT|TAJ) \w+ CHANGED_SINCE$/)]);
  });

  test.each(SPOKEN)('%s relies on a record up to the moment at which it was last changed', (rule, entries) => {
    expect(then(rule, entries({ lastUpdated: THEN }))).toBe('RAISED');
    expect(then(rule, entries({ lastUpdated: justAfter(THEN) }))).toBe('UNDETERMINED');
  });

  test.each(SPOKEN)('%s relies on it again as of the present', (rule, entries) => {
    const changed = entries(SINCE);
    const { verdict } = asking(rule);
    expect(verdict(patient(changed, { asked }), THEN)).toBe('RAISED');
    expect(verdict(patient(changed, { asked }), THEN, { asOf: THEN })).toBe('UNDETERMINED');
  });
});

describe('as of a moment of the past', () => {
  test('warnings differ from those of the present, either way', () => {
    const who = patient([
      unplanned('RXT', on(1)),
      unplanned('TAJ', on(2)),
      detention('RXT', '2026-11-01T09:00:00Z', null),
    ]);
    const rules = (asOf?: string) =>
      warningsOf(who, { now: NOW, ...(asOf !== undefined && { asOf }) })
        .filter(({ status }) => status === 'RAISED')
        .map(({ rule }) => rule);
    expect(rules()).toEqual(['DETAINED']);
    expect(rules(THEN)).toEqual(['MULTI_TRUST']);
  });

  test('a contact changed since says neither that the patient came nor that it was missed', () => {
    // It says today that the patient came. It may have been written down as missed, or not at all.
    const row = [missed('RXT', on(1)), missed('RXT', on(2))];
    expect(then('MISSED_CONTACTS', [...row, contact('TAJ', on(3), SINCE)])).toBe('UNDETERMINED');
    const twoSeen = [inCrisis('RXT', on(1)), inCrisis('RXT', on(2))];
    expect(then('REPEAT_CRISIS', [...twoSeen, missed('TAJ', on(3), { team: team('A02'), ...SINCE })])).toBe(
      'UNDETERMINED',
    );
    // With one more there would still be no more than two.
    expect(then('REPEAT_CRISIS', [inCrisis('RXT', on(1)), inCrisis('RXT', on(2), SINCE)])).toBe('NOTHING');
  });

  test('a meeting cancelled since may have been kept', () => {
    const discharged = [missed('RXT', on(1)), referral('RXT', LONG_BEFORE, on(5))];
    const cancelled = contact('RXT', on(3), { attendStatus: 'CANCELLED_BY_PROVIDER', ...SINCE });
    expect(then('DISCHARGED_AFTER_MISSED', [...discharged, cancelled])).toBe('UNDETERMINED');
    expect(then('MISSED_CONTACTS', [missed('RXT', on(1)), missed('RXT', on(2)), cancelled])).toBe('UNDETERMINED');
  });

  test('a plan withdrawn since may have been in force', () => {
    const withdrawn = plan('TAJ', LONG_BEFORE, { status: 'REVOKED', ...SINCE });
    expect(then('NO_CURRENT_PLAN', [inCrisis('RXT', on(1)), withdrawn])).toBe('UNDETERMINED');
    expect(then('CONFLICTING_PLANS', [plan('RXT', LONG_BEFORE), withdrawn])).toBe('UNDETERMINED');
  });

  test('a plan written since was not there', () => {
    const written = plan('TAJ', '2026-07-01T09:00:00+01:00');
    expect(then('NO_CURRENT_PLAN', [inCrisis('RXT', on(1)), written])).toBe('RAISED');
    expect(then('CONFLICTING_PLANS', [plan('RXT', LONG_BEFORE), written])).toBe('NOTHING');
    expect(then('CONFLICTING_PLANS', [plan('RXT', LONG_BEFORE), plan('TAJ', justAfter(THEN))])).toBe('NOTHING');
  });

  test('a plan whose review became overdue since was current', () => {
    const due = (reviewDue: string) => [inCrisis('RXT', on(1)), plan('TAJ', LONG_BEFORE, { reviewDue })];
    expect(then('NO_CURRENT_PLAN', due('2026-06-15'))).toBe('NOTHING');
    expect(then('NO_CURRENT_PLAN', due('2026-06-14'))).toBe('RAISED');
  });

  test('a stay that ended later was still going on', () => {
    const later = spell('RXT', on(1), justAfter(THEN), { absences, lastUpdated: on(10) });
    expect(then('ABSENT', [later])).toBe('RAISED');
    expect(then('NEW_CRISIS_CARE', [later])).toBe('NOTHING');
    expect(then('NO_72H_FOLLOW_UP', [spell('RXT', LONG_BEFORE, '2026-06-16T09:00:00+01:00')])).toBe('NOTHING');
  });

  test('an absence that ended later was still open, and one whose end was put in later may have been', () => {
    const away = (end: string, changed: Changed) => [
      spell('RXT', on(1), null, { absences: [{ start: on(10), end }], ...changed }),
    ];
    expect(then('ABSENT', away(justAfter(THEN), { lastUpdated: on(10) }))).toBe('RAISED');
    expect(then('ABSENT', away(on(11), { lastUpdated: on(11) }))).toBe('NOTHING');
    expect(then('ABSENT', away(on(11), SINCE))).toBe('UNDETERMINED');
    expect(then('ABSENT', [spell('RXT', on(1), null, SINCE)])).toBe('NOTHING');
  });

  test('a referral that was closed later was still open, and one whose end was put in later may have been', () => {
    const home = (end: string, changed: Changed = {}) => [
      referral('RXT', LONG_BEFORE, end, changed),
      unplanned('TAJ', on(1)),
    ];
    expect(then('OUT_OF_AREA', home(justAfter(THEN), { lastUpdated: LONG_BEFORE }))).toBe('RAISED');
    expect(then('OUT_OF_AREA', home(on(5)))).toBe('NOTHING');
    expect(then('OUT_OF_AREA', home(on(5), SINCE))).toBe('UNDETERMINED');
    const treated = referral('RXT', on(12), on(13), { team: team('A02'), ...SINCE });
    expect(then('NEW_CRISIS_CARE', [treated])).toBe('UNDETERMINED');
  });

  test('what came since does not count as what followed', () => {
    const discharged = [missed('RXT', on(1)), referral('RXT', LONG_BEFORE, on(5))];
    expect(then('DISCHARGED_AFTER_MISSED', [...discharged, contact('TAJ', '2026-07-01T09:00:00+01:00')])).toBe(
      'RAISED',
    );
    expect(then('DISCHARGED_AFTER_MISSED', [...discharged, spell('TAJ', '2026-07-01T09:00:00+01:00', null)])).toBe(
      'RAISED',
    );
    expect(then('DISCHARGED_AFTER_MISSED', [...discharged, spell('TAJ', on(6), on(8), SINCE)])).toBe('UNDETERMINED');
    expect(then('DISCHARGED_AFTER_MISSED', [...discharged, referral('TAJ', on(6), on(8), SINCE)])).toBe('UNDETERMINED');
    expect(then('DISCHARGED_AFTER_MISSED', [...discharged, contact('TAJ', on(6), SINCE)])).toBe('UNDETERMINED');
  });

  test('a follow-up that was not yet due was not overdue, and one put in later may not have been there', () => {
    const left = spell('RXT', LONG_BEFORE, on(12));
    expect(then('NO_72H_FOLLOW_UP', [left])).toBe('NOTHING');
    expect(then('NO_72H_FOLLOW_UP', [left], '2026-06-16T00:00:00+01:00')).toBe('RAISED');
    const earlier = spell('RXT', LONG_BEFORE, on(1));
    expect(then('NO_72H_FOLLOW_UP', [earlier, contact('TAJ', on(2))])).toBe('NOTHING');
    expect(then('NO_72H_FOLLOW_UP', [earlier, contact('TAJ', on(2), SINCE)])).toBe('UNDETERMINED');
    expect(then('NO_72H_FOLLOW_UP', [earlier, spell('TAJ', on(2), null, SINCE)])).toBe('UNDETERMINED');
  });

  test('a patient who died later was alive, whenever that was put in', () => {
    const earlier = spell('RXT', LONG_BEFORE, on(1));
    expect(then('NO_72H_FOLLOW_UP', [earlier, death('TAJ', '2026-07-20', SINCE)])).toBe('RAISED');
    expect(then('NO_72H_FOLLOW_UP', [earlier, death('TAJ', '2026-06-02', SINCE)])).toBe('UNDETERMINED');
    expect(then('NO_72H_FOLLOW_UP', [earlier, death('TAJ', '2026-06-02')])).toBe('NOTHING');
    // On the very day, by the UK calendar.
    const left = spell('RXT', LONG_BEFORE, '2026-06-12T23:30:00+01:00');
    const died = [left, death('TAJ', '2026-06-15', { lastUpdated: THEN })];
    expect(then('NO_72H_FOLLOW_UP', died, '2026-06-16T00:00:00+01:00')).toBe('NOTHING');
  });

  test('the window ends there', () => {
    const who = patient([unplanned('RXT', on(1))], { missing: { TAJ: ['careContacts'] } });
    expect(asking('MULTI_TRUST').warning(who, NOW, { asOf: THEN })?.window).toEqual({
      from: Date.parse('2026-05-18T12:00:00+01:00'),
      to: Date.parse(THEN),
    });
  });

  test('who is missing today is missing for the past as well', () => {
    const who = patient([unplanned('RXT', on(1))], { missing: { TAJ: ['careContacts'] }, status: 'TIMED_OUT' });
    expect(asking('MULTI_TRUST').missing(who, NOW, { asOf: THEN })).toEqual(['TAJ careContacts TIMED_OUT']);
  });

  test('reads a moment in any offset, and a leap second', () => {
    const { verdict } = asking('MULTI_TRUST');
    expect(
      verdict(patient([unplanned('RXT', on(1)), unplanned('TAJ', THEN)]), NOW, { asOf: '2026-06-15T11:00:00Z' }),
    ).toBe('RAISED');
    expect(verdict(patient([unplanned('RXT', on(1)), unplanned('TAJ', THEN)]), NOW, { asOf: justBefore(THEN) })).toBe(
      'NOTHING',
    );
    const seen = patient([unplanned('RXT', '2016-12-31T23:59:59Z'), unplanned('TAJ', '2016-12-31T23:59:58Z')]);
    expect(verdict(seen, NOW, { asOf: '2016-12-31T23:59:60Z' })).toBe('RAISED');
  });
});
