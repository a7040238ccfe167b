import { addDays, daysBefore } from '@caregraph/service/uk-time.ts';
import { asEvent, dayInWords, dayOf, HOME_TREATMENT, mayGoOn, spellEvent, wasSeen } from '../facts.ts';
import { all, type Maybe, not, sift } from '../maybe.ts';
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
      ...gapsIn(picture, 'hospitalSpells', 'referrals'),
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
    ({ endedByDeath }) => not(endedByDeath),
  );
  const last = left.sure.toSorted((one, other) => (one.end ?? at) - (other.end ?? at)).at(-1);
  if (!last) return silent(doubtsOf('hospitalSpells', left.unsure));
  const end = last.end ?? at;
  return spoken([spellEvent(last, end)], `Left hospital, at ${picture.nameOf(last.custodian)}, on ${dayInWords(end)}.`);
}

function ofReferrals(picture: Picture, days: number): Finding {
  const { referrals, at } = picture;
  const earliest = daysBefore(at, days);
  const begun = sift(
    referrals.filter((referral) => mayGoOn(referral, at) && referral.start > earliest),
    isOfHomeTreatment,
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
  const recorded = sift(referrals, isOfHomeTreatment);
  const recording = new Set(recorded.sure.map(({ custodian }) => custodian));
  // Where none is known, one may be recorded all the same.
  const unread = [...doubtsOf('referrals', recorded.unsure), ...gapsIn(picture, 'referrals')];
  const mayRecord = new Set(unread.map(({ custodian }) => custodian));
  const isVisit = (contact: CareContact): Maybe => all(wasSeen(contact), isOfHomeTreatment(contact));
  const visits = sift(
    careContacts.filter(({ start, custodian }) => start <= at && !recording.has(custodian)),
    (contact) => all(isVisit(contact), mayRecord.has(contact.custodian) ? null : true),
  );
  const surely = begunBy(visits.sure, at, pauseDays);
  const possibly = begunBy(byStart([...visits.sure, ...visits.unsure]), at, pauseDays);
  const unsure = possibly.filter((visit) => !visits.sure.includes(visit));
  const gaps = gapsIn(picture, 'careContacts').filter(({ custodian }) => !recording.has(custodian ?? ''));
  const doubts = [
    ...doubtsOf(
      'careContacts',
      unsure.filter((visit) => !visit.certain || isVisit(visit) === null),
    ),
    ...unread.filter(({ custodian }) => unsure.some((visit) => visit.custodian === custodian)),
    ...gaps,
  ];
  const earliest = daysBefore(at, days);
  const [first] = surely;
  // Whatever else may have been a visit, a run can only have begun earlier for it.
  if (first && first.start <= earliest) return silent();
  if (!first) return silent((possibly.at(-1)?.start ?? 0) > earliest ? doubts : gaps);
  const mayHaveBegunEarlier = gaps.length > 0 || (possibly[0]?.start ?? 0) <= earliest;
  return spoken(
    surely.map(asEvent),
    `Visited by the crisis team of ${picture.nameOf(first.custodian)} since ${dayInWords(first.start)}.`,
    mayHaveBegunEarlier ? doubts : [],
  );
}

const byStart = (visits: readonly CareContact[]): readonly CareContact[] =>
  visits.toSorted((one, other) => one.start - other.start);

const isOfHomeTreatment = ({ team }: { readonly team: string | null }): Maybe =>
  team === null ? null : team === HOME_TREATMENT;

/** The visits of the run that is under way: each not more than a pause after the one before, the last not longer ago. */
function begunBy(visits: readonly CareContact[], at: number, pauseDays: number): readonly CareContact[] {
  const run: CareContact[] = [];
  let next = at;
  for (const visit of visits.toReversed()) {
    if (visit.start < daysBefore(next, pauseDays)) break;
    run.unshift(visit);
    next = visit.start;
  }
  return run;
}

const spoken = (events: readonly Event[], text: string, doubts: readonly Gap[] = []): Finding => ({
  speaks: true,
  doubts,
  events,
  since: events[0]?.at ?? null,
  text,
});
