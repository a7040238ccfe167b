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
    const closed = picture.referrals.filter(({ end }) => end !== null && within(end, span));
    const findings = closed.map((referral) => ofReferral(picture, referral));
    const spoken = findings.findLast(({ speaks, doubts }) => speaks && doubts.length === 0);
    if (spoken) return spoken;
    const doubts = [...findings.flatMap((finding) => finding.doubts), ...ofUnknownReferrals(picture)];
    const doubtful = findings.findLast(({ speaks }) => speaks);
    return doubtful ? { ...doubtful, doubts } : silent(doubts);
  },
};

function ofReferral(picture: Picture, referral: Referral): Finding {
  const end = referral.end ?? picture.at;
  if (isFollowed(picture, referral, end)) return silent();
  const own = picture.careContacts.filter(
    ({ custodian, start }) => custodian === referral.custodian && referral.start <= start && start <= end,
  );
  const last = own.findLast(mayDecide);
  const unread = gapsIn(picture, 'careContacts').filter(({ custodian }) => custodian === referral.custodian);
  if (!last || (last.certain && last.attendance === 'SEEN')) return silent(unread);
  const isMissed = last.certain && last.attendance === 'MISSED';
  const doubts = [
    ...(isMissed ? [] : doubtsOf('careContacts', [last])),
    ...(referral.certain ? [] : doubtsOf('referrals', [referral])),
    ...afterDoubts(picture, referral, end),
    // Whoever has not answered may have seen the patient since.
    ...gapsIn(picture, 'careContacts', 'referrals', 'hospitalSpells'),
  ];
  return {
    speaks: isMissed && referral.certain,
    doubts,
    events: [asEvent(last), { kind: 'REFERRAL', at: end, custodian: referral.custodian, id: referral.id }],
    since: end,
    text: `${picture.nameOf(referral.custodian)} closed the referral on ${dayInWords(end)}, after the patient missed the meeting of ${dayInWords(last.start)}. Nothing is recorded anywhere since.`,
  };
}

const afterwards = ({ careContacts }: Picture, end: number): readonly CareContact[] =>
  careContacts.filter(({ start }) => start > end);

/** Whether a meeting may be the one that was kept or missed: one that was cancelled is not. */
const mayDecide = ({ attendance, certain }: CareContact): boolean => attendance !== 'CANCELLED' || !certain;

/** What may have come after the referral was closed. */
function afterDoubts(picture: Picture, referral: Referral, end: number): readonly Gap[] {
  const met = afterwards(picture, end).filter(({ start }) => start <= picture.at);
  return [
    ...doubtsOf(
      'careContacts',
      met.filter(({ attendance, certain }) => !certain || attendance === 'UNKNOWN'),
    ),
    ...doubtsOf(
      'hospitalSpells',
      picture.hospitalSpells.filter(({ certain }) => !certain),
    ),
    ...doubtsOf(
      'referrals',
      picture.referrals.filter((other) => other !== referral && !other.certain),
    ),
  ];
}

/** Of whoever has not told its referrals, that one may have been closed after a meeting that was missed, or may have been. */
function ofUnknownReferrals(picture: Picture): readonly Gap[] {
  const unread = gapsIn(picture, 'careContacts');
  const canSpeak = gapsIn(picture, 'referrals').filter(
    ({ custodian }) =>
      unread.some((gap) => gap.custodian === custodian) ||
      picture.careContacts.some((contact) => contact.custodian === custodian && mayBeMissed(contact)),
  );
  return canSpeak.length === 0 ? [] : [...canSpeak, ...gapsIn(picture, 'careContacts', 'hospitalSpells')];
}

const mayBeMissed = ({ attendance, certain }: CareContact): boolean =>
  attendance !== 'TO_COME' && (!certain || attendance === 'MISSED' || attendance === 'UNKNOWN');

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
