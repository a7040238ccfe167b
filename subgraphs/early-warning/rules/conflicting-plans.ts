import { inWords } from '../facts.ts';
import { sift } from '../maybe.ts';
import { doubtsOf, gapsIn, onPaper } from '../picture.ts';
import { type Rule, silent } from '../rule.ts';

/** Two plans in force, and nobody has chosen between them. */
export const rule: Rule<'custodians'> = {
  id: 'CONFLICTING_PLANS',
  severity: 'MEDIUM',
  says: 'several custodians each hold a plan for a crisis that is in force',
  evidence: 'Two plans may say opposite things, and the older may do harm.',
  source: 'National Record Locator, hazard log: conflicting records',
  parameters: {
    custodians: { description: 'At least so many custodians', unit: 'custodians', default: 2, least: 2, most: 20 },
  },
  reads: ['crisisPlans'],
  looksBack: null,

  find(picture, { custodians }) {
    const { sure, unsure } = sift(picture.crisisPlans, ({ active }) => active);
    const gaps = [...onPaper(picture), ...gapsIn(picture, 'crisisPlans')];
    const holders = new Set<string>();
    let since: number | null = null;
    for (const { custodian, changed } of sure.toSorted((one, other) => one.changed - other.changed)) {
      holders.add(custodian);
      if (holders.size >= custodians) since ??= changed;
    }
    if (since === null) {
      const possible = new Set([...holders, ...[...unsure, ...gaps].map(({ custodian }) => custodian)]);
      const isPossible = possible.has(null) || possible.size >= custodians;
      return silent(isPossible ? [...doubtsOf('crisisPlans', unsure), ...gaps] : []);
    }
    return {
      speaks: true,
      doubts: [],
      events: sure.map(({ changed, custodian, id }) => ({ kind: 'CRISIS_PLAN', at: changed, custodian, id })),
      since,
      text: `${inWords(picture, holders)} each hold a crisis plan that is in force. Read both, and mind the dates: they may say opposite things.`,
    };
  },
};
