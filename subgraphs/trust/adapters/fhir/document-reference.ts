import type { CrisisPlan, Document, PlanStatus } from '../../records.ts';
import { concepts, oneConcept } from './datatypes.ts';
import { type Element, element, elements, Malformed, type Resource, text } from './element.ts';
import { authorOf, idOf, lastUpdated, type MappingContext, mapper, nameless, unmapped } from './mapping.ts';
import { planType, UNSTRUCTURED } from './plan.ts';
import { momentFrom } from './time.ts';
import { absoluteUrl, holds } from './url.ts';

const STATUSES: ReadonlyMap<string, PlanStatus> = new Map([
  ['current', 'ACTIVE'],
  ['superseded', 'COMPLETED'],
  ['entered-in-error', 'ENTERED_IN_ERROR'],
]);

/** What the document itself says of its state comes before what the reference says. */
const DOCUMENT_STATUSES: ReadonlyMap<string, PlanStatus> = new Map([
  ['preliminary', 'DRAFT'],
  ['entered-in-error', 'ENTERED_IN_ERROR'],
]);

/** FHIR R4 DocumentReference → crisis plan, when its type is one of the NRL's plan types; other documents are none. */
export const mapDocumentReference = mapper<CrisisPlan>((reference, context) => {
  const type = typeOf(reference);
  if (type === null) return [];
  const overall = STATUSES.get(text(reference, 'status') ?? '');
  if (!overall) return unmapped('no status');
  const status =
    overall === 'ACTIVE' ? (DOCUMENT_STATUSES.get(text(reference, 'docStatus') ?? '') ?? overall) : overall;
  const updated = lastUpdated(reference, 'date');
  if (updated === null) return unmapped('no date of change');
  const documents = elements(reference, 'content').flatMap((content) => document(content, context) ?? []);
  if (documents.length === 0) return unmapped('no document in it');
  return [
    {
      record: {
        ...UNSTRUCTURED,
        id: idOf(reference),
        lastUpdated: updated,
        status,
        type,
        title: text(reference, 'description') ?? documents[0]?.title ?? null,
        author: authorOf(elements(reference, 'author'), reference, context),
        created: momentFrom(reference, 'date'),
        documents,
      },
    },
  ];
});

/** Whom to look up to map a document reference. */
export const followDocumentReference = (reference: Resource): readonly Element[] =>
  typeOf(reference) === null ? [] : nameless(elements(reference, 'author'));

function typeOf(reference: Resource): CrisisPlan['type'] | null {
  const type = oneConcept(reference, 'type');
  return planType([...(type ? [type] : []), ...concepts(reference, 'category')]);
}

/** A document whose media type is not said cannot be shown by anybody. */
function document(content: Element, context: MappingContext): Document | null {
  const attachment = element(content, 'attachment');
  const contentType = attachment && text(attachment, 'contentType');
  if (!attachment || !contentType) return null;
  const format = element(content, 'format');
  const code = format && text(format, 'code');
  const url = text(attachment, 'url');
  const address = url === null ? null : absoluteUrl(url, context.publicBaseUrl);
  return {
    title: text(attachment, 'title'),
    contentType,
    url: address !== null && !holds(address, [context.nhsNumber]) ? address : null,
    format: code?.startsWith('urn:nhs-ic:') ? code : null,
    created: momentFrom(attachment, 'creation'),
    text: inlineText(attachment, contentType),
  };
}

/** The text that an attachment holds itself: only of plain text, which a reader can show as it is. */
function inlineText(attachment: Element, contentType: string): string | null {
  const data = text(attachment, 'data');
  if (data === null || !/^text\/plain *(;|$)/i.test(contentType)) return null;
  try {
    const bytes = Buffer.from(data, 'base64');
    return new TextDecoder(/charset="?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Malformed('data');
  }
}
