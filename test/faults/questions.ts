import type { ListName, Wanted } from './lists.ts';

/** A list as the run's queries ask for it. */
export interface AskedList {
  /** What is asked of each record, beside `id` and `custodian { odsCode name }`. Leaves, and lists of them. */
  readonly fields: readonly string[];
  readonly wanted: Wanted;
}

/** The lists that the run's queries ask for. The oracle judges by the same table. */
export const ASKED: Readonly<Partial<Record<ListName, AskedList>>> = {
  crisisPlans: { fields: ['lastUpdated', 'title', 'whatHelps', 'patientAgreement', 'reviewDue'], wanted: {} },
  contacts: { fields: ['kind', 'priority', 'name', 'answersNow', 'shortcomings'], wanted: {} },
  alerts: { fields: ['lastUpdated', 'category', 'text'], wanted: {} },
  careContacts: { fields: ['start', 'reason', 'attendStatus'], wanted: { first: 5 } },
};

const SELECTION = `nhsNumber completeness
  sources { custodian { odsCode name } status missing reason elapsedMs }
  ${Object.entries(ASKED)
    .map(([list, { fields, wanted }]) => {
      const first = wanted.first ? `(first: ${wanted.first})` : '';
      return `${list}${first} { id custodian { odsCode name } ${fields.join(' ')} }`;
    })
    .join('\n  ')}`;

/** Asks about one patient. */
export const ONE = `query One($n: NHSNumber!) { patient(nhsNumber: $n) { ${SELECTION} } }`;

/** Asks about several. */
export const MANY = `query Many($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { ${SELECTION} } }`;
