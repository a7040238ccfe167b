/** A window of so many days before a moment, by UK clocks. */
export interface Window {
  readonly name: string;
  /** The moment at which the patient is looked at: the last of the window. */
  readonly at: string;
  /** The first moment of the window. */
  readonly from: string;
}

/*
 * In 2026 clocks go forward on 29 March, at 01:00 to 02:00, and back on 25 October, at 02:00 to 01:00. Counted by hand, with the
 * offset of UK clocks at each moment, so that the time of day can be read off.
 */

const OF_28_DAYS: readonly Window[] = [
  { name: 'in winter', at: '2026-02-10T14:30:00+00:00', from: '2026-01-13T14:30:00+00:00' },
  { name: 'in summer', at: '2026-07-10T00:00:00+01:00', from: '2026-06-12T00:00:00+01:00' },
  { name: 'across March', at: '2026-04-10T01:30:00+01:00', from: '2026-03-13T01:30:00+00:00' },
  {
    name: 'up to the moment of the change in March',
    at: '2026-03-29T02:00:00+01:00',
    from: '2026-03-01T02:00:00+00:00',
  },
  { name: 'from 01:30 of the night that has none', at: '2026-04-26T01:30:00+01:00', from: '2026-03-29T02:30:00+01:00' },
  { name: 'across October', at: '2026-11-10T01:30:00+00:00', from: '2026-10-13T01:30:00+01:00' },
  { name: 'up to the second 01:30 of a night', at: '2026-10-25T01:30:00+00:00', from: '2026-09-27T01:30:00+01:00' },
  { name: 'from 01:30 of the night that has two', at: '2026-11-22T01:30:00+00:00', from: '2026-10-25T01:30:00+01:00' },
];

const OF_90_DAYS: readonly Window[] = [
  { name: 'in winter', at: '2026-03-01T09:00:00+00:00', from: '2025-12-01T09:00:00+00:00' },
  { name: 'across March', at: '2026-05-30T01:30:00+01:00', from: '2026-03-01T01:30:00+00:00' },
  { name: 'from 01:30 of the night that has none', at: '2026-06-27T01:30:00+01:00', from: '2026-03-29T02:30:00+01:00' },
  { name: 'across October', at: '2026-11-30T01:30:00+00:00', from: '2026-09-01T01:30:00+01:00' },
  { name: 'from 01:30 of the night that has two', at: '2027-01-23T01:30:00+00:00', from: '2026-10-25T01:30:00+01:00' },
];

const OF_365_DAYS: readonly Window[] = [
  { name: 'across both changes', at: '2026-06-15T12:00:00+01:00', from: '2025-06-15T12:00:00+01:00' },
  { name: 'from winter into summer', at: '2026-03-29T12:00:00+01:00', from: '2025-03-29T12:00:00+00:00' },
  { name: 'from 01:30 of the night that has none', at: '2027-03-29T01:30:00+01:00', from: '2026-03-29T02:30:00+01:00' },
  { name: 'from 01:30 of the night that has two', at: '2027-10-25T01:30:00+01:00', from: '2026-10-25T01:30:00+01:00' },
];

/** Windows by the number of their days, with their edges. */
export const windowsOf = { 28: OF_28_DAYS, 90: OF_90_DAYS, 365: OF_365_DAYS } as const;

/** A moment some milliseconds after another, or before it. */
export const shifted = (moment: string, ms: number): string => new Date(Date.parse(moment) + ms).toISOString();

/** The millisecond before a moment. */
export const justBefore = (moment: string): string => shifted(moment, -1);

/** The millisecond after a moment. */
export const justAfter = (moment: string): string => shifted(moment, 1);
