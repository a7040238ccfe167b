import type { AlertCategory, Author, Instant, NHSNumber } from '../../records.ts';
import { concepts, inWords, nameInUse } from './datatypes.ts';
import { type Element, element, elements, isResource, Malformed, type Resource, text } from './element.ts';
import { momentFrom } from './time.ts';

/** What became of one record in a resource: mapped to the contract, or not, and why. The reason holds no patient's data. */
export type Mapped<R> = { readonly record: R } | { readonly unmapped: string };

/** What a mapping may look at beside the resource itself. */
export interface MappingContext {
  /** Whose record it is. */
  readonly nhsNumber: NHSNumber;
  readonly now: Date;
  /** Where those who were sent a pointer reach the FHIR server; no slash at its end. */
  readonly publicBaseUrl: string;
  /** What the trust's own categories of flags mean, by `system|code`. */
  readonly alertCategories: ReadonlyMap<string, AlertCategory>;
  /** The resource that a reference leads to; `null` when it leads nowhere that was followed. */
  resolve(reference: Element, from: Resource): Resource | null;
}

/**
 * Maps a resource to the records of one type that it holds: none, when it is no such record at all; `unmapped`, when it
 * is one that the contract cannot say.
 */
export type Mapper<R> = (resource: Resource, context: MappingContext) => readonly Mapped<R>[];

/** Makes a mapping that never throws: a field that is not what FHIR says becomes the reason why there is no record. */
export function mapper<R>(map: Mapper<R>): Mapper<R> {
  return (resource, context) => guarded(() => map(resource, context));
}

/** The same for a part of a resource, so that it alone is lost and not the rest. */
export function guarded<R>(map: () => readonly Mapped<R>[]): readonly Mapped<R>[] {
  try {
    return map();
  } catch (error) {
    if (error instanceof Malformed) return unmapped(error.message);
    throw error;
  }
}

/** One record that could not be mapped. */
export const unmapped = (reason: string): readonly [{ readonly unmapped: string }] => [{ unmapped: reason }];

/** The id by which a custodian knows the record that a resource is. */
export const idOf = ({ resourceType, id }: Resource): string => `${resourceType}/${id}`;

/**
 * The id of a record that is a part of a resource. Elements seldom have ids of their own: then their place in the list
 * tells them apart.
 */
export const idWithin = (resource: Resource, field: string, { id }: Element, place: number): string =>
  `${idOf(resource)}#${field}${typeof id === 'string' && /^[\w.-]{1,64}$/.test(id) ? `:${id}` : `-${place + 1}`}`;

/** When a resource last changed: as the server says, else the date that its author gave it. */
export function lastUpdated(resource: Resource, authored?: string): Instant | null {
  const meta = element(resource, 'meta');
  const byServer = meta && momentFrom(meta, 'lastUpdated');
  return byServer ?? (authored === undefined ? null : momentFrom(resource, authored));
}

/** Whether a label says that a record is restricted or very restricted (HL7 v3-Confidentiality R and V). */
export function isRestricted(resource: Resource): boolean {
  const meta = element(resource, 'meta');
  const labels = [
    ...(meta ? elements(meta, 'security') : []),
    ...elements(resource, 'securityLabel').flatMap((label) => elements(label, 'coding')),
  ];
  return labels.some(
    (label) =>
      label.system === 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality' &&
      (label.code === 'R' || label.code === 'V'),
  );
}

/** The one who wrote a resource, by the first reference that leads to a name. */
export function authorOf(references: readonly Element[], from: Resource, context: MappingContext): Author | null {
  for (const reference of references) {
    const author = oneAuthor(reference, from, context);
    if (author) return author;
  }
  return null;
}

function oneAuthor(reference: Element, from: Resource, context: MappingContext): Author | null {
  const target = context.resolve(reference, from);
  const display = text(reference, 'display');
  const name = display ?? (target && nameOf(target, from, context));
  const organisation = target?.resourceType === 'PractitionerRole' ? element(target, 'organization') : null;
  const author: Author = {
    name: isOrganisation(reference, target) ? null : name,
    jobTitle: target?.resourceType === 'PractitionerRole' ? inWords(concepts(target, 'code')) : null,
    organisation: isOrganisation(reference, target)
      ? name
      : organisation && nameBehind(organisation, target ?? from, context),
  };
  return (author.name ?? author.organisation ?? author.jobTitle) ? author : null;
}

/** The name that stands with a reference, else the name of what it leads to. */
export function nameBehind(reference: Element, from: Resource, context: MappingContext): string | null {
  const display = text(reference, 'display');
  if (display !== null) return display;
  const target = context.resolve(reference, from);
  return target && nameOf(target, from, context);
}

/** What somebody, an organisation or a place is called. */
function nameOf(target: Resource, from: Resource, context: MappingContext): string | null {
  if (target.resourceType === 'Practitioner') return nameInUse(elements(target, 'name'), context.now)?.text ?? null;
  if (target.resourceType === 'PractitionerRole') {
    const practitioner = element(target, 'practitioner');
    if (practitioner === null) return null;
    const person = context.resolve(practitioner, target);
    if (person && person.resourceType !== 'Practitioner') return null;
    return text(practitioner, 'display') ?? (person && nameOf(person, from, context));
  }
  return target.resourceType === 'Organization' || target.resourceType === 'Location' ? text(target, 'name') : null;
}

const isOrganisation = (reference: Element, target: Resource | null): boolean =>
  target ? target.resourceType === 'Organization' : /(^|\/)Organization\//.test(text(reference, 'reference') ?? '');

/** References that must be followed to know a name. */
export const nameless = (references: readonly Element[]): readonly Element[] =>
  references.filter(
    (reference) =>
      text(reference, 'display') === null || /(^|\/)PractitionerRole\//.test(text(reference, 'reference') ?? ''),
  );

/** The resource that a reference of the form `#id` leads to, inside the resource that holds it. */
export function contained(reference: string, within: Resource): Resource | null {
  return (
    elements(within, 'contained')
      .filter(isResource)
      .find(({ id }) => `#${id}` === reference) ?? null
  );
}
