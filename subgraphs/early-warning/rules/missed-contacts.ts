import { asEvent, counted, dayInWords, holdersInWords, within } from '../facts.ts';
import { type CareContact, doubtsOf, gapsIn } from '../picture.ts';
import { type Rule, silent } from '../rule.ts';
import { lookedAt } from '../window.ts';

/** Missed the last meetings, at whatever trust each was to be. */
export const rule: Rule<'inARow' | 'days'> = {
  id: 'MISSED_CONTACTS',
  severity: 'MEDIUM',
  says: 'the patient has missed the last meetings, one after the other (attendance status 3 or 7), across all trusts, whatever was cancelled between them',
  evidence:
    'People who miss a meeting are to be followed up, and are not to be discharged for it: even one asks for that.',
  source: 'NICE QS188. The number of days is chosen, not published. †',
  parameters: {
    inARow: { description: 'At least so many missed in a row', unit: 'contacts', default: 2, least: 1, most: 20 },
    days: { description: 'Within so many days', unit: 'days', default: 365, least: 1, most: 3_660 },
  },
  reads: ['careContacts'],
  looksBack: 'days',

  find(picture, { inARow, days }) {
    const span = lookedAt(picture.at, days);
    const latestFirst = picture.careContacts.filter(({ start }) => within(start, span)).toReversed();
    const gaps = gapsIn(picture, 'careContacts');
    // Whoever is not known to have missed a meeting may have kept it, and whoever is not known to have kept one, missed it.
    const sure = untilKept(latestFirst, (contact) => contact.attendance !== 'MISSED' || !contact.certain);
    const possible = untilKept(latestFirst, (contact) => contact.attendance === 'SEEN' && contact.certain);
    const unsure = possible.filter(({ attendance, certain }) => attendance === 'UNKNOWN' || !certain);
    const enough = sure.toReversed()[inARow - 1];
    if (!enough) {
      const isPossible = gaps.length > 0 || possible.length >= inARow;
      return silent(isPossible ? [...doubtsOf('careContacts', unsure), ...gaps] : []);
    }
    const missed = sure.toReversed();
    const where = holdersInWords(picture, missed);
    return {
      speaks: true,
      doubts: gaps,
      events: missed.map(asEvent),
      since: enough.start,
      text: `Missed the last ${missed.length === 1 ? 'meeting' : counted(missed.length, 'meeting')}, since ${dayInWords(missed[0]?.start ?? enough.start)}, at ${where}. Nobody is known to have seen the patient since.`,
    };
  },
};

/** The latest meetings, back to the first that breaks the row; those that were cancelled neither break it nor count. */
function untilKept(latestFirst: readonly CareContact[], breaks: (contact: CareContact) => boolean): CareContact[] {
  const row = latestFirst.filter(({ attendance, certain }) => attendance !== 'CANCELLED' || !certain);
  const end = row.findIndex(breaks);
  return end === -1 ? row : row.slice(0, end);
}
