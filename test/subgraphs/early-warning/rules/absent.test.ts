import { describe, expect, test } from 'vitest';
import { patient, spell } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore } from '../windows.ts';

const { verdict, warning, missing } = asking('ABSENT');

const NOW = '2026-06-15T12:00:00+01:00';
const ADMITTED = '2026-06-01T09:00:00+01:00';
const LEFT = '2026-06-14T20:00:00+01:00';
const away = (end: string | null, start = LEFT) => [{ start, end }];

describe('ABSENT: open absence without leave', () => {
  test('speaks while the patient is away, and says since when, and whom to ring', () => {
    const gone = patient([spell('RXT', ADMITTED, null, { id: 'stay', absences: away(null) })]);
    expect(warning(gone, NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'HIGH',
      text: 'Away without leave from Birmingham and Solihull since 14 June 2026. Ring the ward.',
      since: Date.parse(LEFT),
      events: [{ kind: 'HOSPITAL_SPELL', id: 'RXT:stay', at: Date.parse(LEFT) }],
      window: null,
      thresholds: [],
    });
  });

  test('speaks up to the moment of the return, and not from it on', () => {
    const stay = (end: string) => patient([spell('RXT', ADMITTED, null, { absences: away(end) })]);
    expect(verdict(stay(justAfter(NOW)), NOW)).toBe('RAISED');
    expect(verdict(stay(NOW), NOW)).toBe('NOTHING');
    expect(verdict(stay(justBefore(NOW)), NOW)).toBe('NOTHING');
  });

  test('speaks from the first moment on', () => {
    const stay = (start: string) => patient([spell('RXT', ADMITTED, null, { absences: away(null, start) })]);
    expect(verdict(stay(NOW), NOW)).toBe('RAISED');
    expect(verdict(stay(justAfter(NOW)), NOW)).toBe('NOTHING');
  });

  test('says nothing of a stay without absences, or that has ended', () => {
    expect(verdict(patient([spell('RXT', ADMITTED, null)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([spell('RXT', ADMITTED, NOW, { absences: away(null) })]), NOW)).toBe('NOTHING');
    expect(verdict(patient([spell('RXT', ADMITTED, justAfter(NOW), { absences: away(null) })]), NOW)).toBe('RAISED');
  });

  test('finds the open one among those that are over', () => {
    const absences = [...away(null), { start: '2026-06-02T09:00:00+01:00', end: '2026-06-03T09:00:00+01:00' }];
    expect(warning(patient([spell('RXT', ADMITTED, null, { absences })]), NOW)?.since).toBe(Date.parse(LEFT));
  });
});

describe('ABSENT over what is missing', () => {
  test('is not known when somebody has not answered', () => {
    const stopped = patient([], { missing: { TAJ: ['hospitalSpells'] }, status: 'REFUSED' });
    expect(missing(stopped, NOW)).toEqual(['TAJ hospitalSpells REFUSED']);
    expect(missing(patient([], { indexLost: true }), NOW)).toEqual(['* hospitalSpells INDEX_UNAVAILABLE']);
  });

  test('speaks all the same of an absence that is known', () => {
    const gone = spell('RXT', ADMITTED, null, { absences: away(null) });
    const stopped = patient([gone], { missing: { TAJ: ['hospitalSpells'] } });
    expect(warning(stopped, NOW)).toMatchObject({ status: 'RAISED', evaluatedOver: ['RXT'] });
  });

  test('does not ask for lists that it does not read', () => {
    expect(verdict(patient([], { missing: { TAJ: ['careContacts', 'referrals'] } }), NOW)).toBe('NOTHING');
  });
});
