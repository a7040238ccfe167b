import { asEvent, counted, inWords, wasSeenUnplanned, within } from '../facts.ts';
import { sift } from '../maybe.ts';
import { doubtsOf, gapsIn } from '../picture.ts';
import { type Rule, silent } from '../rule.ts';
import { lookedAt } from '../window.ts';

/** Met by several trusts, each perhaps as if for the first time. */
export const rule: Rule<'trusts' | 'days'> = {
  id: 'MULTI_TRUST',
  severity: 'HIGH',
  says: 'several trusts have each met the patient unplanned within a few weeks',
  evidence:
    'A patient was assessed 17 times by four organisations in under four years before a homicide, and none saw what the others had written.',
  source: 'Homicide investigation, West Midlands, 2013',
  parameters: {
    trusts: { description: 'At least so many trusts', unit: 'trusts', default: 2, least: 2, most: 20 },
    days: { description: 'Within so many days', unit: 'days', default: 28, least: 1, most: 366 },
  },
  reads: ['careContacts'],
  looksBack: 'days',

  find(picture, { trusts, days }) {
    const span = lookedAt(picture.at, days);
    const recent = picture.careContacts.filter(({ start }) => within(start, span));
    const { sure, unsure } = sift(recent, wasSeenUnplanned);
    const gaps = gapsIn(picture, 'careContacts');
    const met = new Set<string>();
    let since: number | null = null;
    for (const { custodian, start } of sure) {
      met.add(custodian);
      if (met.size >= trusts) since ??= start;
    }
    if (since === null) {
      const possible = new Set([
        ...met,
        ...unsure.map(({ custodian }) => custodian),
        ...gaps.map(({ custodian }) => custodian),
      ]);
      const isPossible = possible.has(null) || possible.size >= trusts;
      return silent(isPossible ? [...doubtsOf('careContacts', unsure), ...gaps] : []);
    }
    return {
      speaks: true,
      doubts: [],
      events: sure.map(asEvent),
      since,
      text: `${counted(met.size, 'trust')} met this patient unplanned in the last ${counted(days, 'day')}: ${inWords(picture, met)}. Each may not know of the others.`,
    };
  },
};
