import { addDays, daysBefore, wallTime } from '@caregraph/service/uk-time.ts';
import { asEvent, dayInWords, endedByDeath, goesOn, HOME_TREATMENT, spellEvent, wasSeen } from '../facts.ts';
import { all, type Maybe, sift } from '../maybe.ts';
import { type CareContact, doubtsOf, type Gap, gapsIn, type Picture } from '../picture.ts';
import { type Event, type Finding, type Rule, silent } from '../rule.ts';

/** In the first days of home treatment, or out of hospital for not more than two weeks. */
export const rule: Rule<'homeTreatmentDays' | 'dischargeDays' | 'pauseDays'> = {
  id: 'NEW_CRISIS_CARE',
  severity: 'HIGH',
  says: 'home treatment began less than a week ago, or the patient left hospital two weeks ago or less',
  evidence:
    'Of those who died by suicide under crisis resolution and home treatment, about a third had been there for less than a week, and about a third had left hospital within the last two weeks. †',
  source: 'National Confidential Inquiry into Suicide and Homicide (NCISH) 2016',
  parameters: {
    homeTreatmentDays: {
      description: 'Under home treatment for less than so many days',
      unit: 'days',
      default: 7,
      least: 1,
      most: 90,
    },
    dischargeDays: {
      description: 'Discharged from hospital so many days ago or less',
      unit: 'days',
      default: 14,
      least: 1,
      most: 90,
    },
    pauseDays: {
      description: 'Where no referral says when home treatment began: it ends when nobody visits for so many days',
      unit: 'days',
      default: 7,
      least: 1,
      most: 90,
    },
  },
  reads: ['careContacts', 'hospitalSpells', 'referrals'],
  looksBack: null,

  find(picture, { homeTreatmentDays, dischargeDays, pauseDays }) {
    const findings = [
      ofDischarge(picture, dischargeDays),
      ofReferrals(picture, homeTreatmentDays),
      ofVisits(picture, homeTreatmentDays, pauseDays),
    ];
    const spoken = findings.filter(({ speaks, doubts }) => speaks && doubts.length === 0);
    const doubts = [
      ...findings.flatMap((finding) => finding.doubts),
      ...gapsIn(picture, 'careContacts', 'hospitalSpells', 'referrals'),
    ];
    const [first] = spoken;
    if (!first) return silent(doubts);
    return {
      speaks: true,
      doubts: [],
      events: spoken.flatMap(({ events }) => events).sort((one, other) => one.at - other.at),
      since: Math.min(...spoken.map(({ since }) => since ?? picture.at)),
      text: spoken.map(({ text }) => text).join(' '),
    };
  },
};

function ofDischarge(picture: Picture, days: number): Finding {
  const { hospitalSpells, at } = picture;
  const earliest = addDays(dayOf(at), -days);
  const left = sift(
    hospitalSpells.filter(({ end }) => end !== null && end <= at && dayOf(end) >= earliest),
    (spell) => all(spell.certain || null, !endedByDeath(spell)),
  );
  const last = left.sure.at(-1);
  if (!last) return silent(doubtsOf('hospitalSpells', left.unsure));
  const end = last.end ?? at;
  return spoken([spellEvent(last, end)], `Left hospital, at ${picture.nameOf(last.custodian)}, on ${dayInWords(end)}.`);
}

function ofReferrals(picture: Picture, days: number): Finding {
  const { referrals, at } = picture;
  const earliest = daysBefore(at, days);
  const begun = sift(
    referrals.filter((referral) => goesOn(referral, at) && referral.start > earliest),
    ({ certain, team }) => all(certain || null, team === null ? null : team === HOME_TREATMENT),
  );
  const first = begun.sure[0];
  if (!first) return silent(doubtsOf('referrals', begun.unsure));
  const { start, custodian, id } = first;
  return spoken(
    [{ kind: 'REFERRAL', at: start, custodian, id }],
    `Under home treatment by ${picture.nameOf(custodian)} since ${dayInWords(start)}.`,
  );
}

/** Home treatment where the trust records no referrals to its team: told from the visits. */
function ofVisits(picture: Picture, days: number, pauseDays: number): Finding {
  const { careContacts, referrals, at } = picture;
  const recorded = new Set(referrals.flatMap(({ custodian, team }) => (team === HOME_TREATMENT ? [custodian] : [])));
  const visits = careContacts.filter(({ start, custodian }) => start <= at && !recorded.has(custodian));
  const surely = begunBy(visits, at, pauseDays, (visit) => wasVisited(visit) === true);
  const possibly = begunBy(visits, at, pauseDays, (visit) => wasVisited(visit) !== false);
  const earliest = daysBefore(at, days);
  const isNew = (run: readonly CareContact[]): boolean => run.length > 0 && (run[0]?.start ?? 0) > earliest;
  const unsure = possibly.filter((visit) => wasVisited(visit) === null);
  const [first] = surely;
  if (!first || !isNew(surely)) return silent(isNew(possibly) ? doubtsOf('careContacts', unsure) : []);
  return spoken(
    surely.map(asEvent),
    `Visited by the crisis team of ${picture.nameOf(first.custodian)} since ${dayInWords(first.start)}.`,
    isNew(possibly) ? [] : doubtsOf('careContacts', unsure),
  );
}

const wasVisited = (contact: CareContact): Maybe =>
  all(wasSeen(contact), contact.team === null ? null : contact.team === HOME_TREATMENT);

/** The visits of the run that is under way: each not more than a pause after the one before, the last not longer ago. */
function begunBy(
  visits: readonly CareContact[],
  at: number,
  pauseDays: number,
  counts: (visit: CareContact) => boolean,
): readonly CareContact[] {
  const run: CareContact[] = [];
  let next = at;
  for (const visit of visits.filter(counts).toReversed()) {
    if (visit.start < daysBefore(next, pauseDays)) break;
    run.unshift(visit);
    next = visit.start;
  }
  return run;
}

const dayOf = (moment: number): string => wallTime(new Date(moment)).date;

const spoken = (events: readonly Event[], text: string, doubts: readonly Gap[] = []): Finding => ({
  speaks: true,
  doubts,
  events,
  since: events[0]?.at ?? null,
  text,
});
