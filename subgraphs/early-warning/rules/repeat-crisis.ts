import { asEvent, counted, holdersInWords, wasSeenInCrisis, within } from '../facts.ts';
import { sift } from '../maybe.ts';
import { doubtsOf, gapsIn } from '../picture.ts';
import { type Rule, silent } from '../rule.ts';
import { lookedAt } from '../window.ts';

/** Seen in crisis again and again, wherever. */
export const rule: Rule<'contacts' | 'days'> = {
  id: 'REPEAT_CRISIS',
  severity: 'HIGH',
  says: 'teams of a crisis type (A02, A11, A19 to A25) have seen the patient again and again within a few weeks, at any trust',
  evidence:
    'Crises within the next 28 days can be foretold from records better than by chance, recent crisis contacts among them; the best published model is wrong more often than right (AUPRC 0.159).',
  source: 'Garriga et al. 2022, Nature Medicine 28:1240 (Birmingham and Solihull)',
  parameters: {
    contacts: { description: 'At least so many contacts', unit: 'contacts', default: 3, least: 2, most: 100 },
    days: { description: 'Within so many days', unit: 'days', default: 28, least: 1, most: 366 },
  },
  reads: ['careContacts'],
  looksBack: 'days',

  find(picture, { contacts, days }) {
    const span = lookedAt(picture.at, days);
    const recent = picture.careContacts.filter(({ start }) => within(start, span));
    const { sure, unsure } = sift(recent, wasSeenInCrisis);
    const enough = sure[contacts - 1];
    if (!enough) {
      const gaps = gapsIn(picture, 'careContacts');
      const isPossible = gaps.length > 0 || sure.length + unsure.length >= contacts;
      return silent(isPossible ? [...doubtsOf('careContacts', unsure), ...gaps] : []);
    }
    const where = holdersInWords(picture, sure);
    return {
      speaks: true,
      doubts: [],
      events: sure.map(asEvent),
      since: enough.start,
      text: `Seen by crisis teams ${sure.length} times in the last ${counted(days, 'day')}, at ${where}.`,
    };
  },
};
