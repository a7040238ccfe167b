import { describe, expect, test } from 'vitest';
import { contact, missed, patient, unplanned } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore, windowsOf } from '../windows.ts';

const { verdict, warning, missing } = asking('MISSED_CONTACTS');

const NOW = '2026-06-15T12:00:00+01:00';
const on = (day: number): string => `2026-06-${String(day).padStart(2, '0')}T09:00:00+01:00`;

describe('MISSED_CONTACTS: two or more missed in a row, across all trusts', () => {
  test('speaks of the second, at whatever trust, and says that nobody is known to have seen the patient since', () => {
    expect(warning(patient([missed('RXT', on(1)), missed('TAJ', on(5))]), NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'MEDIUM',
      text: 'Missed the last 2 meetings, since 1 June 2026, at Birmingham and Solihull and Black Country. Nobody is known to have seen the patient since.',
      since: Date.parse(on(5)),
      thresholds: ['inARow: 2 contacts', 'days: 365 days'],
      missing: [],
    });
  });

  test('says nothing of one', () => {
    expect(verdict(patient([missed('RXT', on(1))]), NOW)).toBe('NOTHING');
    expect(verdict(patient([contact('RXT', on(1)), missed('RXT', on(2))]), NOW)).toBe('NOTHING');
  });

  test.each(['DID_NOT_ATTEND', 'LATE_NOT_SEEN'])('counts %s', (attendStatus) => {
    expect(verdict(patient([missed('RXT', on(1)), contact('RXT', on(2), { attendStatus })]), NOW)).toBe('RAISED');
  });

  test.each(['ATTENDED_ON_TIME', 'ATTENDED_LATE', 'ATTENDED'])(
    'ends a row with %s, also unplanned, and also at another trust',
    (attendStatus) => {
      const row = [missed('RXT', on(1)), missed('RXT', on(3))];
      expect(verdict(patient([...row, contact('TAJ', on(2), { attendStatus })]), NOW)).toBe('NOTHING');
      expect(verdict(patient([...row, unplanned('TAJ', on(4), { attendStatus })]), NOW)).toBe('NOTHING');
      expect(verdict(patient([...row, missed('RXT', on(5)), contact('TAJ', on(2), { attendStatus })]), NOW)).toBe(
        'RAISED',
      );
    },
  );

  test.each(['CANCELLED_BY_PATIENT', 'CANCELLED_BY_PROVIDER'])(
    'neither counts nor ends a row with %s',
    (attendStatus) => {
      const cancelled = contact('RXT', on(2), { attendStatus });
      expect(verdict(patient([missed('RXT', on(1)), cancelled, missed('RXT', on(3))]), NOW)).toBe('RAISED');
      expect(verdict(patient([missed('RXT', on(1)), cancelled]), NOW)).toBe('NOTHING');
      expect(warning(patient([missed('RXT', on(1)), cancelled, missed('RXT', on(3))]), NOW)?.events).toHaveLength(2);
    },
  );

  test('counts no meeting that is still to come, whatever its record says', () => {
    const row = [missed('RXT', on(1)), missed('RXT', on(3))];
    expect(verdict(patient([...row, contact('RXT', justAfter(NOW), { attendStatus: null })]), NOW)).toBe('RAISED');
    expect(verdict(patient([missed('RXT', on(1)), missed('RXT', justAfter(NOW))]), NOW)).toBe('NOTHING');
    expect(verdict(patient([missed('RXT', on(1)), missed('RXT', NOW)]), NOW)).toBe('RAISED');
  });

  test.each(windowsOf[365])('counts from the first moment of 365 days $name', ({ at, from }) => {
    expect(verdict(patient([missed('RXT', from), missed('RXT', at)]), at)).toBe('RAISED');
    expect(verdict(patient([missed('RXT', justBefore(from)), missed('RXT', at)]), at)).toBe('NOTHING');
  });

  test('is measured by what a deployment sets', () => {
    const two = patient([missed('RXT', on(1)), missed('RXT', on(3))]);
    expect(verdict(two, NOW, { thresholds: { MISSED_CONTACTS: { inARow: 3 } } })).toBe('NOTHING');
    expect(verdict(two, NOW, { thresholds: { MISSED_CONTACTS: { days: 15 } } })).toBe('RAISED');
    expect(verdict(two, NOW, { thresholds: { MISSED_CONTACTS: { days: 14 } } })).toBe('NOTHING');
    const one = patient([missed('RXT', on(1))]);
    expect(verdict(one, NOW, { thresholds: { MISSED_CONTACTS: { inARow: 1 } } })).toBe('RAISED');
  });
});

describe('MISSED_CONTACTS over what is missing', () => {
  const row = [missed('RXT', on(1)), missed('RXT', on(3))];

  test('is not known when somebody who has not answered may have seen the patient since', () => {
    const stopped = patient(row, { missing: { TAJ: ['careContacts'] } });
    expect(warning(stopped, NOW)).toMatchObject({ status: 'UNDETERMINED', evaluatedOver: ['RXT'] });
    expect(warning(stopped, NOW)?.text).toContain('By what is known it is so.');
    expect(missing(stopped, NOW)).toEqual(['TAJ careContacts NOT_ANSWERED']);
    expect(missing(patient(row, { indexLost: true }), NOW)).toEqual(['* careContacts INDEX_UNAVAILABLE']);
  });

  test('is not known when somebody who has not answered may hold the others that were missed', () => {
    const stopped = patient([contact('RXT', on(1))], { missing: { TAJ: ['careContacts'] }, status: 'TIMED_OUT' });
    expect(missing(stopped, NOW)).toEqual(['TAJ careContacts TIMED_OUT']);
    expect(warning(stopped, NOW)?.text).not.toContain('By what is known it is so.');
  });

  test('does not ask for lists that it does not read', () => {
    expect(verdict(patient(row, { missing: { TAJ: ['hospitalSpells', 'referrals'] } }), NOW)).toBe('RAISED');
  });

  test('is not known when nobody has said whether the patient came to a meeting that would settle it', () => {
    const unknown = (day: number) => contact('TAJ', on(day), { attendStatus: null });
    expect(missing(patient([...row, unknown(5)]), NOW)).toEqual(['TAJ careContacts NOT_RECORDED']);
    expect(missing(patient([missed('RXT', on(1)), unknown(5)]), NOW)).toEqual(['TAJ careContacts NOT_RECORDED']);
    expect(verdict(patient([unknown(4), unknown(5)]), NOW)).toBe('UNDETERMINED');
    // The row is long enough without it.
    expect(verdict(patient([unknown(1), missed('RXT', on(2)), missed('RXT', on(3))]), NOW)).toBe('RAISED');
    // One alone is no row, and one before a meeting that was kept is over.
    expect(verdict(patient([unknown(5)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([unknown(1), unknown(2), contact('RXT', on(3))]), NOW)).toBe('NOTHING');
  });
});
