import { describe, expect, test } from 'vitest';
import { code, detention, FOREIGN, patient } from '../patients.ts';
import { asking } from '../verdicts.ts';
import { justAfter, justBefore, shifted, windowsOf } from '../windows.ts';

const { verdict, warning, missing } = asking('DETAINED');

const NOW = '2026-06-15T12:00:00+01:00';
const START = '2026-06-01T22:00:00+01:00';
const END = '2026-06-02T10:00:00+01:00';
const A_DAY = 86_400_000;

describe('DETAINED: section 135 or 136 in the last 90 days', () => {
  test('speaks of section 136, and of 135, and says which', () => {
    const held = patient([detention('TAJ', START, END, { id: 'held' })]);
    expect(warning(held, NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'HIGH',
      text: 'Detained under section 136 on 1 June 2026; recorded by Black Country.',
      since: Date.parse(START),
      events: [{ kind: 'LEGAL_STATUS', id: 'TAJ:held', at: Date.parse(START), custodian: 'TAJ' }],
      thresholds: ['days: 90 days'],
    });
    const under135 = patient([detention('TAJ', START, END, { status: code('19') })]);
    expect(warning(under135, NOW)?.text).toContain('section 135');
  });

  test.each(['01', '02', '03', '04', '05', '06', '07', '08', '21', '98'])('says nothing of status %s', (status) => {
    expect(verdict(patient([detention('RXT', START, END, { status: code(status) })]), NOW)).toBe('NOTHING');
  });

  test('speaks while it lasts', () => {
    expect(verdict(patient([detention('RXT', START, null)]), NOW)).toBe('RAISED');
    expect(verdict(patient([detention('RXT', NOW, null)]), NOW)).toBe('RAISED');
    expect(verdict(patient([detention('RXT', START, justAfter(NOW))]), NOW)).toBe('RAISED');
    expect(verdict(patient([detention('RXT', justAfter(NOW), null)]), NOW)).toBe('NOTHING');
  });

  test.each(windowsOf[90])('counts what began, or ended, from the first moment of 90 days $name', ({ at, from }) => {
    const before = shifted(from, -A_DAY);
    expect(verdict(patient([detention('RXT', from, shifted(from, A_DAY))]), at)).toBe('RAISED');
    expect(verdict(patient([detention('RXT', before, from)]), at)).toBe('RAISED');
    expect(verdict(patient([detention('RXT', before, justBefore(from))]), at)).toBe('NOTHING');
  });

  test('is measured by what a deployment sets', () => {
    const held = patient([detention('RXT', START, START)]);
    expect(verdict(held, NOW, { thresholds: { DETAINED: { days: 14 } } })).toBe('RAISED');
    expect(verdict(held, NOW, { thresholds: { DETAINED: { days: 13 } } })).toBe('NOTHING');
  });
});

describe('DETAINED over what is missing', () => {
  test('is not known when somebody has not answered', () => {
    const stopped = patient([], { missing: { TAJ: ['legalStatuses'] }, status: 'NOT_SHARED' });
    expect(missing(stopped, NOW)).toEqual(['TAJ legalStatuses NOT_SHARED']);
    expect(verdict(patient([], { indexLost: true }), NOW)).toBe('UNDETERMINED');
  });

  test('speaks all the same of one that is known', () => {
    const stopped = patient([detention('RXT', START, END)], { missing: { TAJ: ['legalStatuses'] } });
    expect(warning(stopped, NOW)).toMatchObject({ status: 'RAISED', evaluatedOver: ['RXT'] });
    expect(missing(stopped, NOW)).toEqual(['TAJ legalStatuses NOT_ANSWERED']);
  });

  test('does not ask for lists that it does not read', () => {
    expect(verdict(patient([], { missing: { TAJ: ['careContacts', 'hospitalSpells'] } }), NOW)).toBe('NOTHING');
  });

  test('is not known when a status stands in a code that nobody reads', () => {
    const foreign = patient([detention('RXT', START, END, { status: FOREIGN })]);
    expect(missing(foreign, NOW)).toEqual(['RXT legalStatuses NOT_RECORDED']);
    expect(
      verdict(
        patient([detention('RXT', '2025-01-01T00:00:00Z', END.replace('2026', '2025'), { status: FOREIGN })]),
        NOW,
      ),
    ).toBe('NOTHING');
  });
});
