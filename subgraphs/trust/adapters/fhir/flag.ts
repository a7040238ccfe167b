import type { Alert, AlertStatus } from '../../records.ts';
import { FLAG_PRIORITIES } from './codes.ts';
import { concepts, oneConcept, token } from './datatypes.ts';
import { type Element, extension, type Resource, text, zeroOrOne } from './element.ts';
import { authorOf, idOf, lastUpdated, type MappingContext, mapper, nameless, unmapped } from './mapping.ts';
import { period } from './time.ts';

const STATUSES: ReadonlyMap<string, AlertStatus> = new Map([
  ['active', 'ACTIVE'],
  ['inactive', 'INACTIVE'],
  ['entered-in-error', 'ENTERED_IN_ERROR'],
]);

/** FHIR R4 Flag → alert. */
export const mapFlag = mapper<Alert>((flag, context) => {
  const status = STATUSES.get(text(flag, 'status') ?? '');
  if (!status) return unmapped('no status');
  const updated = lastUpdated(flag);
  if (updated === null) return unmapped('no date of change');
  const code = oneConcept(flag, 'code');
  if (code === null || code.words === null) return unmapped('no words');
  const { start, end } = period(flag, 'period');
  return [
    {
      record: {
        id: idOf(flag),
        lastUpdated: updated,
        status,
        category: category(flag, context),
        code: code.codings[0] ?? null,
        text: code.words,
        priority: priority(flag),
        start,
        end,
        author: authorOf(authors(flag), flag, context),
      },
    },
  ];
});

/** Whom to look up to map a flag. */
export const followFlag = (flag: Resource): readonly Element[] => nameless(authors(flag));

const authors = (flag: Resource): readonly Element[] => zeroOrOne(flag, 'author');

/** HL7's own categories do not say what the contract's do ("safety" does not say whose), so the trust says what its mean. */
function category(flag: Resource, context: MappingContext): Alert['category'] {
  const said = concepts(flag, 'category').flatMap(({ codings }) => codings);
  return said.flatMap((each) => context.alertCategories.get(token(each)) ?? [])[0] ?? 'OTHER';
}

function priority(flag: Resource): Alert['priority'] {
  const said = extension(flag, 'http://hl7.org/fhir/StructureDefinition/flag-priority');
  const codings = (said && oneConcept(said, 'valueCodeableConcept')?.codings) ?? [];
  return codings.flatMap(({ code }) => FLAG_PRIORITIES.get(code) ?? [])[0] ?? null;
}
