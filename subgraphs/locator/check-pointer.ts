import { POINTER_TYPES } from './codes.ts';
import type { Code, Mistake } from './mistakes.ts';
import { holdsNHSNumber } from './nhs-number-in-text.ts';
import type { NewPointer, PointerContent } from './pointers.ts';
import { isConceptCode } from './snomed-code.ts';

/** A way of reading a record, as the contract's `PointerContentInput` brings it. */
export interface PointerContentInput {
  readonly url: string;
  readonly contentType: string;
  readonly format: string;
  readonly created?: string | null;
}

/** A pointer to publish, as the contract's `PointerInput` brings it: its scalars are checked already. */
export interface PointerInput {
  readonly id?: string | null;
  readonly subject: string;
  readonly type: string;
  readonly custodian: string;
  readonly author?: string | null;
  readonly content: readonly PointerContentInput[];
  readonly practiceSetting?: string | null;
  readonly periodStart?: string | null;
  readonly periodEnd?: string | null;
}

/** What a pointer is checked against. */
export interface Publisher {
  /** The ODS code of the organisation that calls. */
  readonly odsCode: string;
  /** Whether the locator knows an organisation. */
  readonly knows: (odsCode: string) => boolean;
  /** A new UUID (RFC 9562), in small letters. */
  readonly newUUID: () => string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;
const FORMAT_CODE = /^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,200}$/i;
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const LONGEST_URL = 2_048;
const MOST_WAYS = 20;
const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

/** Splits a pointer's id into the custodian's code and the rest; `null` when it has no such form. */
export function idParts(id: string): { odsCode: string; isUUID: boolean } | null {
  const parts = /^([A-Z0-9]{3,12})-(.*)$/s.exec(id);
  return parts?.[1] === undefined || parts[2] === undefined ? null : { odsCode: parts[1], isUUID: UUID.test(parts[2]) };
}

/**
 * Checks a pointer that a custodian wants to publish, by the rules of the National Record Locator, and brings it into the
 * form in which it is kept. Every mistake in it is told, none with the value.
 *
 * @param path where it stands in the arguments, such as `pointers[3]`.
 */
export function checkPointer(
  input: PointerInput,
  path: string,
  { odsCode, knows, newUUID }: Publisher,
): { readonly pointer: NewPointer; readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = [];
  const mistake = (code: Code, field: string, message: string): void => {
    mistakes.push({ code, path: `${path}.${field}`, message });
  };

  if (input.custodian !== odsCode) {
    mistake('ACCESS_DENIED', 'custodian', `You may publish pointers of your own organisation, ${odsCode}, alone.`);
  }
  if (typeof input.id === 'string') {
    const parts = idParts(input.id);
    if (!parts?.isUUID) {
      mistake('INVALID_RESOURCE', 'id', 'An id is the custodian’s ODS code, a hyphen, and a UUID in small letters.');
    } else if (parts.odsCode !== odsCode) {
      mistake('ACCESS_DENIED', 'id', `The ids of your organisation’s pointers begin with "${odsCode}-".`);
    }
  }
  if (!POINTER_TYPES.has(input.type)) {
    const codes = [...POINTER_TYPES.keys()].join(', ');
    mistake('INVALID_CODE_VALUE', 'type', `The type is one of these SNOMED CT codes: ${codes}.`);
  }
  if (typeof input.author === 'string' && !knows(input.author)) {
    mistake('INVALID_RESOURCE', 'author', 'The author must be an organisation that the locator knows.');
  }
  if (typeof input.practiceSetting === 'string' && !isConceptCode(input.practiceSetting)) {
    mistake('INVALID_RESOURCE', 'practiceSetting', 'The practice setting is the code of a SNOMED CT concept.');
  }

  const moment = (text: string | null | undefined, field: string): string | null => {
    if (typeof text !== 'string') return null;
    // A leap second, which RFC 3339 allows, is unknown to Date and to PostgreSQL: the second before stands for it.
    const at = Date.parse(text.replace(/:60(?=[.Z+-])/, ':59'));
    if (at >= EARLIEST && at < LATEST) return new Date(at).toISOString();
    mistake('INVALID_RESOURCE', field, 'A moment lies in the years 1900 to 2199.');
    return null;
  };
  const periodStart = moment(input.periodStart, 'periodStart');
  const periodEnd = moment(input.periodEnd, 'periodEnd');
  if (periodStart !== null && periodEnd !== null && periodEnd < periodStart) {
    mistake('INVALID_RESOURCE', 'periodEnd', 'The period ends before it starts.');
  }

  if (input.content.length === 0) {
    mistake('INVALID_RESOURCE', 'content', 'Say at least one way in which the record can be read.');
  }
  if (input.content.length > MOST_WAYS) {
    mistake('INVALID_RESOURCE', 'content', `At most ${MOST_WAYS} ways of reading a record can be given.`);
  }
  const content: PointerContent[] = input.content.slice(0, MOST_WAYS).map((way, i) => {
    const url = urlMistake(way.url);
    if (url !== null) mistake('INVALID_RESOURCE', `content[${i}].url`, url);
    if (!MEDIA_TYPE.test(way.contentType) || holdsNHSNumber(way.contentType)) {
      mistake('INVALID_RESOURCE', `content[${i}].contentType`, 'A media type is written as in "application/pdf".');
    }
    if (!FORMAT_CODE.test(way.format) || holdsNHSNumber(way.format)) {
      mistake('INVALID_RESOURCE', `content[${i}].format`, 'A format is a URI, such as "urn:nhs-ic:record-contact".');
    }
    return {
      url: way.url,
      contentType: way.contentType,
      format: way.format,
      created: moment(way.created, `content[${i}].created`),
    };
  });

  return {
    pointer: {
      id: input.id ?? `${odsCode}-${newUUID()}`,
      subject: input.subject,
      type: input.type,
      custodian: input.custodian,
      author: input.author ?? input.custodian,
      content,
      practiceSetting: input.practiceSetting ?? null,
      periodStart,
      periodEnd,
    },
    mistakes,
  };
}

/** What is wrong with an address at which a record is said to be; `null` when nothing is. */
function urlMistake(text: string): string | null {
  if (text.length > LONGEST_URL) return `An address has at most ${LONGEST_URL} characters.`;
  if (!PRINTABLE_ASCII.test(text)) return 'An address has no spaces, and no characters but those of ASCII (RFC 3986).';
  const url = URL.parse(text);
  if (!url || !/^https?:\/\/[^/]/i.test(text)) return 'An address is absolute: it begins with "https://" and a host.';
  if (url.username !== '' || url.password !== '') return 'An address must not hold a user name or a password.';
  if (url.protocol === 'http:' && !isThisMachine(url.hostname)) {
    return 'An address begins with "https://"; "http://" is for the machine itself alone.';
  }
  // The digits of an address such as 10.1.2.3 are nobody's number.
  if (holdsNHSNumber(text.replace(/^(https?:\/\/)(?:\d{1,3}\.){3}\d{1,3}(?=[:/?#]|$)/i, '$1host'))) {
    return 'An address must not hold an NHS number, in whatever spelling.';
  }
  return null;
}

const isThisMachine = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
