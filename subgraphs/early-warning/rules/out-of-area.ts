import {
  asEvent,
  counted,
  holdersInWords,
  inWords,
  isCrisisTeam,
  mayGoOn,
  wasSeen,
  wasSeenUnplanned,
  within,
} from '../facts.ts';
import { all, type Maybe, not, sift } from '../maybe.ts';
import { type CareContact, doubtsOf, type Gap, gapsIn, type Picture } from '../picture.ts';
import { type Rule, silent } from '../rule.ts';
import { lookedAt } from '../window.ts';

/** Met unplanned where nobody knows the patient. */
export const rule: Rule<'days' | 'homeDays'> = {
  id: 'OUT_OF_AREA',
  severity: 'LOW',
  says: 'a trust has met the patient unplanned that is not the one in whose care the patient is',
  evidence:
    'Whoever meets a patient away from home has neither the plan nor the history: four organisations of one region met a man as if for the first time, and a London crew met a patient of Lancashire.',
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
    const { sure, unsure } = sift(
      picture.careContacts.filter(({ start }) => within(start, span)),
      (contact) => all(wasSeenUnplanned(contact), isAway(home, contact.custodian)),
    );
    const first = sure[0];
    if (!first) {
      const gaps = gapsIn(picture, 'careContacts').filter(
        ({ custodian }) => custodian === null || isAway(home, custodian) !== false,
      );
      const unread = doubtsOf(
        'careContacts',
        unsure.filter((contact) => !contact.certain || wasSeenUnplanned(contact) === null),
      );
      return silent(unsure.length > 0 || gaps.length > 0 ? [...unread, ...gaps, ...home.doubts] : []);
    }
    const where = holdersInWords(picture, sure);
    return {
      speaks: true,
      doubts: [],
      events: sure.map(asEvent),
      since: first.start,
      text: `Met unplanned in the last ${counted(days, 'day')} by ${where}, away from ${inWords(picture, home.custodians)}, in whose care the patient is.`,
    };
  },
};

interface Home {
  /** In whose care the patient is, by what is known. */
  readonly custodians: ReadonlySet<string>;
  /** Whether that stays so, whoever else turns out to be at home as well. */
  readonly isSettled: boolean;
  /** Why another may be at home as well, or, where that is not settled, in its place. */
  readonly doubts: readonly Gap[];
}

/** Whether a trust is another than that in whose care the patient is. Where nobody knows of a home, none is. */
function isAway({ custodians, isSettled, doubts }: Home, custodian: string): Maybe {
  const mayBeHome = doubts.some((doubt) => doubt.custodian === custodian);
  const isHome = custodians.has(custodian);
  if (isSettled) return isHome ? false : mayBeHome ? null : true;
  if (custodians.size > 0 && !isHome && !mayBeHome) return true;
  const hasOtherHome = [...custodians, ...doubts.map((doubt) => doubt.custodian)].some((other) => other !== custodian);
  return hasOtherHome ? null : false;
}

/**
 * In whose care a patient is: wherever a referral to a team is open that is of no crisis type; where there is none, the trust
 * that last saw the patient as planned, by such a team.
 */
function homeOf(picture: Picture, homeDays: number): Home {
  const gaps = gapsIn(picture, 'referrals');
  const open = sift(
    picture.referrals.filter((referral) => mayGoOn(referral, picture.at)),
    (referral) => not(isCrisisTeam(referral)),
  );
  const doubts = [...doubtsOf('referrals', open.unsure), ...gaps];
  if (open.sure.length > 0) {
    return { custodians: new Set(open.sure.map(({ custodian }) => custodian)), isSettled: true, doubts };
  }
  const span = lookedAt(picture.at, homeDays);
  const planned = sift(
    picture.careContacts.filter(({ start }) => within(start, span)),
    wasSeenAsPlanned,
  );
  const last = planned.sure.at(-1);
  return {
    custodians: new Set(last ? [last.custodian] : []),
    isSettled: false,
    doubts: [
      ...doubts,
      ...doubtsOf(
        'careContacts',
        planned.unsure.filter(({ start }) => !last || start >= last.start),
      ),
      ...gapsIn(picture, 'careContacts'),
    ],
  };
}

const wasSeenAsPlanned = (contact: CareContact): Maybe =>
  all(wasSeen(contact), contact.planned, not(isCrisisTeam(contact)));
