import { asEvent, counted, goesOn, inWords, isCrisisTeam, wasSeen, wasSeenUnplanned, within } from '../facts.ts';
import { all, type Maybe, sift } from '../maybe.ts';
import { type CareContact, doubtsOf, type Gap, gapsIn, type Picture } from '../picture.ts';
import { type Rule, silent } from '../rule.ts';
import { lookedAt } from '../window.ts';

/** Met unplanned where nobody knows the patient. */
export const rule: Rule<'days' | 'homeDays'> = {
  id: 'OUT_OF_AREA',
  severity: 'LOW',
  says: 'a trust has met the patient unplanned that is not the one in whose care the patient is',
  evidence:
    'Whoever meets a patient away from home has neither the plan nor the history: a man was met by four organisations of one region, and a crew in London by a patient of Lancashire.',
  source: 'Homicide investigation, West Midlands, 2013; National Record Locator, pilot',
  parameters: {
    days: { description: 'Met within so many days', unit: 'days', default: 28, least: 1, most: 366 },
    homeDays: {
      description: 'Without an open referral, at home where last seen as planned, within so many days',
      unit: 'days',
      default: 365,
      least: 1,
      most: 3_660,
    },
  },
  reads: ['careContacts', 'referrals'],
  looksBack: 'days',

  find(picture, { days, homeDays }) {
    const span = lookedAt(picture.at, days);
    const home = homeOf(picture, homeDays);
    const recent = picture.careContacts.filter(
      ({ start, custodian }) => within(start, span) && !home.custodians.has(custodian),
    );
    const { sure, unsure } = sift(recent, wasSeenUnplanned);
    const gaps = gapsIn(picture, 'careContacts').filter(({ custodian }) => !home.custodians.has(custodian ?? ''));
    const first = sure[0];
    if (!first) return silent([...doubtsOf('careContacts', unsure), ...gaps]);
    // Where nobody knows of a home, a contact anywhere may have been there.
    if (home.custodians.size === 0) return silent([...home.doubts, ...doubtsOf('referrals', sure)]);
    const where = inWords(
      picture,
      sure.map(({ custodian }) => custodian),
    );
    return {
      speaks: true,
      doubts: home.doubts,
      events: sure.map(asEvent),
      since: first.start,
      text: `Met unplanned in the last ${counted(days, 'day')} by ${where}, away from ${inWords(picture, home.custodians)}, in whose care the patient is.`,
    };
  },
};

interface Home {
  readonly custodians: ReadonlySet<string>;
  /** Why another may be at home as well, or in its place. */
  readonly doubts: readonly Gap[];
}

/**
 * In whose care a patient is: wherever a referral to a team is open that is of no crisis type; where there is none, the trust
 * that last saw the patient as planned, by such a team.
 */
function homeOf(picture: Picture, homeDays: number): Home {
  const gaps = gapsIn(picture, 'referrals');
  const open = sift(
    picture.referrals.filter((referral) => goesOn(referral, picture.at)),
    ({ certain, team }) => all(certain || null, negated(isCrisisTeam({ team }))),
  );
  const doubts = [...doubtsOf('referrals', open.unsure), ...gaps];
  if (open.sure.length > 0) return { custodians: new Set(open.sure.map(({ custodian }) => custodian)), doubts };
  const span = lookedAt(picture.at, homeDays);
  const planned = sift(
    picture.careContacts.filter(({ start }) => within(start, span)),
    wasSeenAsPlanned,
  );
  const last = planned.sure.at(-1);
  return {
    custodians: new Set(last ? [last.custodian] : []),
    doubts: [
      ...doubts,
      ...doubtsOf(
        'careContacts',
        planned.unsure.filter(({ start }) => !last || start > last.start),
      ),
      ...gapsIn(picture, 'careContacts'),
    ],
  };
}

const negated = (is: Maybe): Maybe => (is === null ? null : !is);

const wasSeenAsPlanned = (contact: CareContact): Maybe =>
  all(wasSeen(contact), contact.planned, negated(isCrisisTeam(contact)));
