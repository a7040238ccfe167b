/**
 * Reading FHIR JSON of which nothing is known beforehand: every value is looked at before it is used. A value that is
 * absent is `null` (or an empty list); one that is there but is not what FHIR R4 says it must be is `Malformed`.
 */

/** A FHIR element, as it came over the wire: a JSON object. */
export interface Element {
  readonly [name: string]: unknown;
}

/** A FHIR resource: an element that says what it is, and has an id within its type. */
export interface Resource extends Element {
  readonly resourceType: string;
  readonly id: string;
}

/** Thrown when a field does not hold what FHIR R4 says that it holds. The message names the field, never its value. */
export class Malformed extends Error {
  override readonly name = 'Malformed';

  constructor(field: string) {
    super(`malformed ${field}`);
  }
}

/** Whether a JSON value is an object. */
export function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is a resource with an id as FHIR R4 allows them. */
export function isResource(value: unknown): value is Resource {
  return (
    isElement(value) &&
    typeof value.resourceType === 'string' &&
    /^[A-Z][A-Za-z]{0,63}$/.test(value.resourceType) &&
    typeof value.id === 'string' &&
    /^[A-Za-z0-9.-]{1,64}$/.test(value.id)
  );
}

/** A string, code, uri or markdown; text of nothing but white space counts as absent. */
export function text(element: Element, field: string): string | null {
  const value = own(element, field);
  if (value === null) return null;
  if (typeof value !== 'string') throw new Malformed(field);
  return value.trim() === '' ? null : value;
}

/** A list of strings; the holes that FHIR leaves for extensions are passed over. */
export function texts(element: Element, field: string): readonly string[] {
  return list(element, field).flatMap((value) => {
    if (value === null) return [];
    if (typeof value !== 'string') throw new Malformed(field);
    return value.trim() === '' ? [] : [value];
  });
}

/** A boolean. */
export function bool(element: Element, field: string): boolean | null {
  const value = own(element, field);
  if (value === null || typeof value === 'boolean') return value;
  throw new Malformed(field);
}

/** A positiveInt, as FHIR R4 allows it: a whole number from 1, of 32 bits. */
export function positiveInt(element: Element, field: string): number | null {
  const value = own(element, field);
  if (value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
  throw new Malformed(field);
}

/** One nested element. */
export function element(parent: Element, field: string): Element | null {
  const value = own(parent, field);
  if (value === null || isElement(value)) return value;
  throw new Malformed(field);
}

/** One nested element as a list: of one, or empty. */
export function zeroOrOne(parent: Element, field: string): readonly Element[] {
  const value = element(parent, field);
  return value === null ? [] : [value];
}

/** A list of nested elements. */
export function elements(parent: Element, field: string): readonly Element[] {
  return list(parent, field).map((value) => {
    if (isElement(value)) return value;
    throw new Malformed(field);
  });
}

/** The nested element of an extension with this address. */
export function extension(parent: Element, url: string): Element | null {
  return elements(parent, 'extension').find((candidate) => candidate.url === url) ?? null;
}

function list(parent: Element, field: string): readonly unknown[] {
  const value = own(parent, field);
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw new Malformed(field);
}

/** Only what the JSON itself holds: never what an object inherits. */
function own(parent: Element, field: string): unknown {
  return Object.hasOwn(parent, field) ? (parent[field] ?? null) : null;
}
