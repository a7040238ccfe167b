import { withoutEscapes } from './escapes.ts';

/**
 * Ten or more digits in a row, in any script, with up to three characters that are neither letters nor digits between
 * any two of them: an NHS number, however it was typed, spaced, punctuated or percent-encoded. Colons do not separate,
 * so that addresses with ports and times of day stay readable.
 */
const NUMBER = /\p{N}(?:[^\p{L}\p{N}:]{0,3}\p{N}){9,}/gu;

/** What stands where a number was. */
export const WITHHELD = '[withheld]';

/**
 * Replaces whatever could be an NHS number by `[withheld]`. Longer numbers, such as telephone numbers, go as well: it is
 * better to lose a number from a message than to show a patient's. Where one is hidden by escapes, all escapes are read.
 */
export function withhold(text: string): string {
  const withheld = text.replace(NUMBER, WITHHELD);
  const plain = withoutEscapes(withheld);
  const read = plain.replace(NUMBER, WITHHELD);
  return read === plain ? withheld : read;
}

/** A value as JSON holds it, with whatever could be an NHS number withheld from every key and value, and bytes as well. */
export function withholdFromJSON(json: string): unknown {
  return JSON.parse(json, (_key, value: unknown) => {
    if (typeof value === 'string') return withhold(value);
    if (typeof value === 'number') return isWithheld(String(value)) ? WITHHELD : value;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    // What Node's Buffer becomes in JSON: text that cannot be read here, but can be read by whoever wants to.
    if ('type' in value && value.type === 'Buffer' && 'data' in value) return WITHHELD;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [withhold(key), entry]));
  });
}

const isWithheld = (text: string): boolean => withhold(text) !== text;
