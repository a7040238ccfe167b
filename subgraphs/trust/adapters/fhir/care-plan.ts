import type { CrisisPlan, Document, PlanStatus } from '../../records.ts';
import { concepts } from './datatypes.ts';
import { type Element, elements, type Resource, text, zeroOrOne } from './element.ts';
import { authorOf, idOf, lastUpdated, mapper, nameless, unmapped } from './mapping.ts';
import { planType, UNSTRUCTURED } from './plan.ts';
import { momentFrom } from './time.ts';

const STATUSES: ReadonlyMap<string, PlanStatus> = new Map([
  ['draft', 'DRAFT'],
  ['active', 'ACTIVE'],
  ['on-hold', 'ON_HOLD'],
  ['revoked', 'REVOKED'],
  ['completed', 'COMPLETED'],
  ['entered-in-error', 'ENTERED_IN_ERROR'],
  ['unknown', 'UNKNOWN'],
]);

/** FHIR R4 CarePlan → crisis plan, when its category is one of the NRL's plan types; other care plans are none. */
export const mapCarePlan = mapper<CrisisPlan>((plan, context) => {
  const type = planType(concepts(plan, 'category'));
  if (type === null) return [];
  const intent = text(plan, 'intent');
  if (intent !== 'plan' && intent !== 'order') return unmapped('a proposal, not a plan');
  const status = STATUSES.get(text(plan, 'status') ?? '');
  if (!status) return unmapped('no status');
  const updated = lastUpdated(plan, 'created');
  if (updated === null) return unmapped('no date of change');
  return [
    {
      record: {
        ...UNSTRUCTURED,
        id: idOf(plan),
        lastUpdated: updated,
        status,
        type,
        title: text(plan, 'title'),
        author: authorOf(authors(plan), plan, context),
        created: momentFrom(plan, 'created'),
        documents: documents(plan),
      },
    },
  ];
});

/** Whom to look up to map a care plan. */
export const followCarePlan = (plan: Resource): readonly Element[] =>
  planType(concepts(plan, 'category')) === null ? [] : nameless(authors(plan));

const authors = (plan: Resource): readonly Element[] => [
  ...zeroOrOne(plan, 'author'),
  ...elements(plan, 'contributor'),
];

function documents(plan: Resource): readonly Document[] {
  const blank = { contentType: 'text/plain', url: null, format: null };
  const description = text(plan, 'description');
  return [
    ...(description === null ? [] : [{ ...blank, title: 'Description', created: null, text: description }]),
    ...elements(plan, 'note').flatMap((note) => {
      const words = text(note, 'text');
      return words === null ? [] : [{ ...blank, title: 'Note', created: momentFrom(note, 'time'), text: words }];
    }),
  ];
}
