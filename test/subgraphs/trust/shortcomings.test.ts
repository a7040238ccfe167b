import { WEEK } from '@caregraph/service/uk-time.ts';
import { describe, expect, it } from 'vitest';
import type { OpeningHours, Telecom } from '../../../subgraphs/trust/records.ts';
import { shortcomings } from '../../../subgraphs/trust/shortcomings.ts';

type Measured = Parameters<typeof shortcomings>[0];

const work: Telecom = { system: 'PHONE', value: '020 7946 0123', use: 'WORK', rank: 1, voicemail: false };
const allWeek: OpeningHours = { days: WEEK, allDay: true, opens: null, closes: null };
const weekdays: OpeningHours = { days: ['MONDAY', 'FRIDAY'], allDay: false, opens: '09:00', closes: '17:00' };
const safe: Measured = { kind: 'CRISIS_TEAM', telecoms: [work], hours: [allWeek], gaps: [], outOfHours: null };
const found = (changes: Partial<Measured>) => shortcomings({ ...safe, ...changes }, '2026-01-12');

describe('the shortcomings of a contact', () => {
  it('are none for a team with a work number that is there at all hours', () => {
    expect(found({})).toEqual([]);
  });

  it('name a missing work number, however many private or old ones there are', () => {
    expect(found({ telecoms: [] })).toEqual(['NO_WORK_NUMBER']);
    for (const use of ['HOME', 'MOBILE', 'TEMP', 'OLD', null] as const) {
      expect(found({ telecoms: [{ ...work, use }] })).toEqual(['NO_WORK_NUMBER']);
    }
    expect(found({ telecoms: [{ ...work, system: 'EMAIL' }] })).toEqual(['NO_WORK_NUMBER']);
  });

  it('name numbers that all go straight to voicemail', () => {
    const voicemail: Telecom = { ...work, voicemail: true };
    expect(found({ telecoms: [voicemail] })).toEqual(['VOICEMAIL_ONLY']);
    expect(found({ telecoms: [voicemail, work] })).toEqual([]);
    expect(found({ telecoms: [voicemail, { ...work, voicemail: null }] })).toEqual([]);
    expect(found({ telecoms: [voicemail, { ...work, use: 'OLD' }] })).toEqual(['VOICEMAIL_ONLY']);
  });

  it('name missing hours, and not also what to do outside them', () => {
    expect(found({ hours: [] })).toEqual(['NO_HOURS']);
  });

  it('name missing advice for the times at which nobody is there', () => {
    expect(found({ hours: [weekdays] })).toEqual(['NO_OUT_OF_HOURS_ADVICE']);
    expect(found({ hours: [weekdays], outOfHours: ' ' })).toEqual(['NO_OUT_OF_HOURS_ADVICE']);
    expect(found({ hours: [weekdays], outOfHours: 'Ring 0800 028 8000.' })).toEqual([]);
  });

  it('count a gap in cover that is not over yet as a time at which nobody is there', () => {
    const gap = (end: string) => [{ description: 'Training.', start: '2026-01-01', end }];
    expect(found({ gaps: gap('2026-01-12') })).toEqual(['NO_OUT_OF_HOURS_ADVICE']);
    expect(found({ gaps: gap('2026-01-11') })).toEqual([]);
  });

  it('are not measured of people in the patient’s life', () => {
    const nothing: Partial<Measured> = { telecoms: [], hours: [] };
    for (const kind of ['NEXT_OF_KIN', 'CARER', 'OTHER_PERSON'] as const)
      expect(found({ ...nothing, kind })).toEqual([]);
    for (const kind of [
      'CRISIS_LINE',
      'CARE_COORDINATOR',
      'COMMUNITY_TEAM',
      'LIAISON_TEAM',
      'PROFESSIONAL',
      'GENERAL_PRACTICE',
    ] as const) {
      expect(found({ ...nothing, kind })).toEqual(['NO_WORK_NUMBER', 'NO_HOURS']);
    }
  });
});
