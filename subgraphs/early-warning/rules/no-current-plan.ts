import { addDays, startOfDay } from '@caregraph/service/uk-time.ts';
import { asEvent, dayInWords, dayOf, wasSeenInCrisis, within } from '../facts.ts';
import { all, type Maybe, sift } from '../maybe.ts';
import { type CrisisPlan, doubtsOf, type Gap, gapsIn, onPaper, type Picture } from '../picture.ts';
import { type Event, type Rule, silent } from '../rule.ts';
import { lookedAt } from '../window.ts';

/** Met in a crisis, and without a plan to go by. */
export const rule: Rule<'days'> = {
  id: 'NO_CURRENT_PLAN',
  severity: 'MEDIUM',
  says: 'a team of a crisis type has lately seen the patient, and no plan for a crisis is in force anywhere, or its review is overdue',
  evidence:
    'People who may need crisis services should have a plan for it; coroners have found that it was missing, or never reached those who came.',
  source: 'NICE QS14, statement 9; National Record Locator, hazard log',
  parameters: {
    days: { description: 'Seen in a crisis within so many days', unit: 'days', default: 90, least: 1, most: 3_660 },
  },
  reads: ['careContacts', 'crisisPlans'],
  looksBack: 'days',

  find(picture, { days }) {
    const { at, crisisPlans } = picture;
    const span = lookedAt(at, days);
    const today = dayOf(at);
    const isCurrent = ({ active, reviewDue }: CrisisPlan): Maybe =>
      all(active, reviewDue === null || reviewDue >= today);
    const plans = sift(crisisPlans, isCurrent);
    const crises = sift(
      picture.careContacts.filter(({ start }) => within(start, span)),
      wasSeenInCrisis,
    );
    if (plans.sure.length > 0) return silent();
    const noPlan: readonly Gap[] = [
      ...doubtsOf('crisisPlans', plans.unsure),
      ...onPaper(picture),
      ...gapsIn(picture, 'crisisPlans'),
    ];
    const [first] = crises.sure;
    if (!first) {
      const noCrisis = [...doubtsOf('careContacts', crises.unsure), ...gapsIn(picture, 'careContacts')];
      return silent(noCrisis.length > 0 ? [...noCrisis, ...noPlan] : []);
    }
    const overdue = crisisPlans.filter(({ active, certain }) => active === true && certain);
    const due = overdue.map(({ reviewDue }) => startOfDay(addDays(reviewDue ?? today, 1)));
    const events = [...crises.sure.map(asEvent), ...overdue.map(asPlan)];
    const last = crises.sure.at(-1) ?? first;
    return {
      speaks: true,
      doubts: noPlan,
      events: events.sort((one, other) => one.at - other.at),
      since: Math.max(first.start, ...due),
      text: `Seen in a crisis by ${picture.nameOf(last.custodian)} on ${dayInWords(last.start)}. ${plansInWords(picture, overdue)}`,
    };
  },
};

const asPlan = ({ changed, custodian, id }: CrisisPlan): Event => ({ kind: 'CRISIS_PLAN', at: changed, custodian, id });

function plansInWords(picture: Picture, overdue: readonly CrisisPlan[]): string {
  const [plan] = overdue;
  if (!plan) return 'No crisis plan is in force anywhere.';
  const { custodian, reviewDue } = plan;
  const day = reviewDue === null ? '' : `, was due on ${dayInWords(startOfDay(reviewDue))}`;
  return `The review of the crisis plan, held by ${picture.nameOf(custodian)}${day}.`;
}
