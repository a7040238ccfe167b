import { asEvent, dayInWords, goesOn, within } from '../facts.ts';
import { type CareContact, doubtsOf, type Gap, gapsIn, type Picture, type Referral } from '../picture.ts';
import { type Finding, type Rule, silent } from '../rule.ts';
import { lookedAt } from '../window.ts';

/** Closed because somebody did not come, and nobody has seen them since. */
export const rule: Rule<'days'> = {
  id: 'DISCHARGED_AFTER_MISSED',
  severity: 'MEDIUM',
  says: 'a team has closed the referral after the patient missed the last meeting, and nothing has happened since, at any trust: no meeting kept or to come, no stay in hospital, no other referral',
  evidence: 'Nobody should be discharged from mental-health services because they did not attend.',
  source: 'NHS England. The number of days is chosen, not published. †',
  parameters: {
    days: { description: 'Closed within so many days', unit: 'days', default: 365, least: 1, most: 3_660 },
  },
  reads: ['careContacts', 'referrals', 'hospitalSpells'],
  looksBack: 'days',

  find(picture, { days }) {
    const span = lookedAt(picture.at, days);
    const gaps = gapsIn(picture, 'careContacts', 'referrals', 'hospitalSpells');
    const closed = picture.referrals.filter(({ end }) => end !== null && within(end, span));
    const findings = closed.map((referral) => ofReferral(picture, referral));
    const doubts = [...findings.flatMap((finding) => finding.doubts), ...gaps];
    const spoken = findings.find(({ speaks, doubts: own }) => speaks && own.length === 0);
    if (spoken) return { ...spoken, doubts: gaps };
    const doubtful = findings.find(({ speaks }) => speaks);
    return doubtful ? { ...doubtful, doubts } : silent(doubts);
  },
};

function ofReferral(picture: Picture, referral: Referral): Finding {
  const end = referral.end ?? picture.at;
  const own = picture.careContacts.filter(
    ({ custodian, start, attendance }) =>
      custodian === referral.custodian && referral.start <= start && start <= end && attendance !== 'CANCELLED',
  );
  const last = own.at(-1);
  if (!last || (last.certain && last.attendance === 'SEEN') || isFollowed(picture, referral, end)) return silent();
  const doubts: Gap[] = [];
  if (!last.certain || last.attendance !== 'MISSED') doubts.push(...doubtsOf('careContacts', [last]));
  if (!referral.certain) doubts.push(...doubtsOf('referrals', [referral]));
  doubts.push(...doubtsOf('careContacts', afterwards(picture, end).filter(isDoubtful)));
  return {
    speaks: true,
    doubts,
    events: [asEvent(last), { kind: 'REFERRAL', at: end, custodian: referral.custodian, id: referral.id }],
    since: end,
    text: `${picture.nameOf(referral.custodian)} closed the referral on ${dayInWords(end)}, after the patient missed the meeting of ${dayInWords(last.start)}. Nothing is recorded anywhere since.`,
  };
}

const afterwards = ({ careContacts }: Picture, end: number): readonly CareContact[] =>
  careContacts.filter(({ start }) => start > end);

const isDoubtful = ({ attendance, certain }: CareContact): boolean =>
  attendance === 'UNKNOWN' || (!certain && attendance === 'SEEN');

/** Whether anything surely came after the referral was closed, or goes on. */
function isFollowed(picture: Picture, referral: Referral, end: number): boolean {
  const { careContacts: _, hospitalSpells, referrals, at } = picture;
  return (
    afterwards(picture, end).some(
      ({ attendance, certain }) => certain && (attendance === 'SEEN' || attendance === 'TO_COME'),
    ) ||
    hospitalSpells.some((spell) => spell.certain && (spell.start > end || goesOn(spell, end))) ||
    referrals.some((other) => other !== referral && other.certain && (other.start > end || goesOn(other, at)))
  );
}
