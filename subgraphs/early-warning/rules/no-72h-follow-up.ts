import bedClasses from '@caregraph/schema/codes/bed-classes.json' with { type: 'json' };
import { addDays, startOfDay } from '@caregraph/service/uk-time.ts';
import { dayInWords, dayOf, spellEvent, wasSeen, within } from '../facts.ts';
import { all, type Maybe, not, sift } from '../maybe.ts';
import { type CareContact, doubtsOf, type Gap, gapsIn, type HospitalSpell, type Picture } from '../picture.ts';
import { type Finding, type Rule, silent } from '../rule.ts';
import { lookedAt } from '../window.ts';

/**
 * Discharged from an acute bed, and not seen within 72 hours: as national reporting counts it (MHS78 to MHS80), but at any trust.
 *
 * National reporting knows dates, not times: a follow-up counts on the first, second and third day of the calendar after that of
 * the discharge, and on that day itself it does not. It counts a contact with attendance status 5 or 6, face to face, by
 * telephone, talk type or video, and an admission. It leaves out discharges by death, to another hospital, a court or a prison,
 * and of patients who died by the third day. An onward referral dated within the stay makes its receiver responsible.
 */
export const rule: Rule<'followUpDays' | 'days'> = {
  id: 'NO_72H_FOLLOW_UP',
  severity: 'HIGH',
  says: 'nobody has seen the patient, at any trust, within three days of discharge from an acute bed',
  evidence:
    'The first days after discharge are those of the highest risk of suicide; a follow-up within 72 hours is the national standard.',
  source: 'NICE QS159; NHS England, MHSDS measures MHS78 to MHS80',
  parameters: {
    followUpDays: { description: 'Seen within so many days', unit: 'days', default: 3, least: 1, most: 14 },
    // More than any follow-up may take: it would otherwise never speak.
    days: { description: 'Discharged within so many days', unit: 'days', default: 90, least: 28, most: 366 },
  },
  reads: ['hospitalSpells', 'careContacts', 'demographics', 'referrals'],
  looksBack: 'days',

  find(picture, { followUpDays, days }) {
    const span = lookedAt(picture.at, days);
    const findings = picture.hospitalSpells
      .filter(({ end }) => end !== null && within(end, span))
      .map((spell) => ofDischarge(picture, spell, followUpDays));
    const spoken = findings.findLast(({ speaks, doubts }) => speaks && doubts.length === 0);
    if (spoken) return spoken;
    const doubtful = findings.findLast(({ speaks }) => speaks);
    const doubts = [...findings.flatMap((finding) => finding.doubts), ...gapsIn(picture, 'hospitalSpells')];
    return doubtful ? { ...doubtful, doubts } : silent(doubts);
  },
};

function ofDischarge(picture: Picture, spell: HospitalSpell, followUpDays: number): Finding {
  const discharged = dayOf(spell.end ?? picture.at);
  const lastDay = addDays(discharged, followUpDays);
  const isInTime = (moment: number): boolean => {
    const day = dayOf(moment);
    return discharged < day && day <= lastDay;
  };
  const overdue = startOfDay(addDays(lastDay, 1));
  const eligible = spell.certain ? isEligible(spell) : null;
  if (eligible === false || picture.at < overdue) return silent();

  const deaths = sift(picture.deaths, ({ day }) => (day === null ? null : day <= lastDay));
  const seen = sift(
    picture.careContacts.filter(({ start }) => isInTime(start)),
    isFollowUp,
  );
  const readmitted = sift(
    picture.hospitalSpells.filter((other) => other !== spell && isInTime(other.start)),
    () => true,
  );
  if (deaths.sure.length > 0 || seen.sure.length > 0 || readmitted.sure.length > 0) return silent();

  const doubts: Gap[] = [
    ...(eligible === null ? doubtsOf('hospitalSpells', [spell]) : []),
    ...doubtsOf('demographics', deaths.unsure),
    ...doubtsOf('careContacts', seen.unsure),
    ...doubtsOf('hospitalSpells', readmitted.unsure),
    // Whoever has not answered may have seen the patient, or know of a death.
    ...gapsIn(picture, 'careContacts', 'hospitalSpells', 'demographics'),
  ];
  const receiver = receiverOf(picture, spell, discharged);
  const name = picture.nameOf(spell.custodian);
  const referredOn =
    receiver === null ? '' : ` The patient was referred on to ${picture.nameOf(receiver)}, who is to follow up.`;
  return {
    speaks: eligible === true,
    doubts,
    events: [spellEvent(spell, spell.end ?? picture.at)],
    since: overdue,
    text: `Discharged from an acute bed of ${name} on ${dayInWords(spell.end ?? picture.at)}, and seen by nobody within 72 hours, at any trust.${seenLater(picture, overdue)}${referredOn}`,
  };
}

/** When the patient was first seen after all: to whoever reads it, that makes a difference. */
function seenLater({ careContacts, at }: Picture, overdue: number): string {
  const first = sift(
    careContacts.filter(({ start }) => overdue <= start && start <= at),
    isFollowUp,
  ).sure[0];
  return first ? ` First seen on ${dayInWords(first.start)}.` : ' Not seen since.';
}

const ACUTE_BEDS: ReadonlySet<string> = new Set(
  Object.entries(bedClasses.codes).flatMap(([code, each]) => ('acute' in each ? [code] : [])),
);

/** Whether a discharge asks for a follow-up. Where nobody has said how it ended, or where to, it does. */
function isEligible({ bedClass, endedByDeath, wentElsewhere }: HospitalSpell): Maybe {
  return all(bedClass === null ? null : ACUTE_BEDS.has(bedClass), not(endedByDeath), not(wentElsewhere));
}

/** MHSDS CONSULTATION MECHANISM: face to face, telephone, talk type, video. */
const BY_VOICE_OR_SIGHT: ReadonlySet<string> = new Set(['01', '02', '04', '11']);

const isFollowUp = (contact: CareContact): Maybe =>
  all(wasSeen(contact), contact.mechanism === null ? null : BY_VOICE_OR_SIGHT.has(contact.mechanism));

/** To whom the patient was referred on during a stay; `null` for nobody else. */
function receiverOf({ referrals }: Picture, { custodian, start }: HospitalSpell, discharged: string): string | null {
  const admitted = dayOf(start);
  const onward = referrals
    .filter((referral) => referral.custodian === custodian)
    .flatMap((referral) => referral.onward)
    .filter(({ at, to }) => to !== custodian && admitted <= dayOf(at) && dayOf(at) <= discharged)
    .sort((one, other) => one.at - other.at);
  return onward.at(-1)?.to ?? null;
}
