import { coversTheWeek } from './opening-hours.ts';
import type { Contact, ContactKind, LocalDate } from './records.ts';

/** A rule that a contact record does not meet: the contract's `ContactShortcoming`. */
export type ContactShortcoming = 'NO_WORK_NUMBER' | 'VOICEMAIL_ONLY' | 'NO_HOURS' | 'NO_OUT_OF_HOURS_ADVICE';

/** People in the patient's life: the rules are not about them. */
const PEOPLE: ReadonlySet<ContactKind> = new Set(['NEXT_OF_KIN', 'CARER', 'OTHER_PERSON']);

/**
 * The rules for contact records (NRL guidance) that a contact does not meet on a day, in the contract's order.
 *
 * Only a number that is said to be a work number counts as one, and only a number that is said to go straight to
 * voicemail as voicemail.
 */
export function shortcomings(
  { kind, telecoms, hours, gaps, outOfHours }: Pick<Contact, 'kind' | 'telecoms' | 'hours' | 'gaps' | 'outOfHours'>,
  today: LocalDate,
): ContactShortcoming[] {
  if (PEOPLE.has(kind)) return [];
  const numbers = telecoms.filter(({ system, use }) => system === 'PHONE' && use !== 'OLD');
  const atAllHours = gaps.every(({ end }) => end < today) && coversTheWeek(hours);
  const found: ContactShortcoming[] = [];
  if (!numbers.some(({ use }) => use === 'WORK')) found.push('NO_WORK_NUMBER');
  if (numbers.length > 0 && numbers.every(({ voicemail }) => voicemail === true)) found.push('VOICEMAIL_ONLY');
  if (hours.length === 0) found.push('NO_HOURS');
  else if (!atAllHours && !outOfHours?.trim()) found.push('NO_OUT_OF_HOURS_ADVICE');
  return found;
}
