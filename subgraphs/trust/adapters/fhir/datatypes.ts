import type { Address, Coding, HumanName, Telecom, TelecomSystem, TelecomUse } from '../../records.ts';
import { type Element, element, elements, positiveInt, text, texts } from './element.ts';
import { hasEnded } from './time.ts';

/** A FHIR CodeableConcept: the same thing said in several code systems, and in words. */
export interface Concept {
  readonly codings: readonly Coding[];
  /** The concept in words: as it was written, else the first coding that comes with words. */
  readonly words: string | null;
}

/** A FHIR Coding; `null` for one without a code. */
export function coding(value: Element): Coding | null {
  const code = text(value, 'code');
  return code === null ? null : { system: text(value, 'system'), code, display: text(value, 'display') };
}

/** A FHIR CodeableConcept. */
export function concept(value: Element): Concept {
  const raw = elements(value, 'coding');
  return {
    codings: raw.flatMap((each) => coding(each) ?? []),
    words: text(value, 'text') ?? raw.flatMap((each) => text(each, 'display') ?? [])[0] ?? null,
  };
}

/** A field that holds a list of CodeableConcepts. */
export function concepts(parent: Element, field: string): readonly Concept[] {
  return elements(parent, field).map(concept);
}

/** A field that holds one CodeableConcept. */
export function oneConcept(parent: Element, field: string): Concept | null {
  const value = element(parent, field);
  return value === null ? null : concept(value);
}

/** The concepts in words, without repetition; `null` when none has words. */
export function inWords(all: readonly Concept[]): string | null {
  const words = new Set(all.flatMap((each) => each.words ?? []));
  return words.size === 0 ? null : [...words].join('; ');
}

/** How a code system and a code are written together, as in a FHIR search. */
export const token = ({ system, code }: Coding): string => `${system ?? ''}|${code}`;

const SYSTEMS: ReadonlyMap<string, TelecomSystem> = new Map([
  ['phone', 'PHONE'],
  ['sms', 'SMS'],
  ['email', 'EMAIL'],
  ['fax', 'FAX'],
  ['pager', 'PAGER'],
  ['url', 'URL'],
]);

const USES: ReadonlyMap<string, TelecomUse> = new Map([
  ['work', 'WORK'],
  ['home', 'HOME'],
  ['mobile', 'MOBILE'],
  ['temp', 'TEMP'],
  ['old', 'OLD'],
]);

/**
 * FHIR ContactPoints, best first: by rank, those no longer in use last. One without a value says nothing and is passed
 * over; one that does not say by what means it works is `OTHER`.
 */
export function telecoms(parent: Element, now: Date): readonly Telecom[] {
  return elements(parent, 'telecom')
    .flatMap((point): readonly Telecom[] => {
      const value = text(point, 'value');
      if (value === null) return [];
      const use = hasEnded(point, 'period', now) ? 'OLD' : (USES.get(text(point, 'use') ?? '') ?? null);
      const system = SYSTEMS.get(text(point, 'system') ?? '') ?? 'OTHER';
      return [{ system, value, use, rank: positiveInt(point, 'rank'), voicemail: null }];
    })
    .sort((one, other) => order(one) - order(other));
}

const order = ({ use, rank }: Telecom): number => (use === 'OLD' ? Number.MAX_SAFE_INTEGER : (rank ?? 2 ** 32));

/** The name that a person goes by now: of the names in use, the fullest that is meant for every day. */
export function nameInUse(names: readonly Element[], now: Date): HumanName | null {
  const current = names.filter(
    (name) => !['old', 'maiden', 'anonymous'].includes(text(name, 'use') ?? '') && !hasEnded(name, 'period', now),
  );
  const [best] = current.flatMap((name) => humanName(name) ?? []).length > 0 ? current.sort(byUse) : [];
  return best ? humanName(best) : null;
}

/** `usual` comes first, but a bare nickname gives way to a whole name. */
function byUse(one: Element, other: Element): number {
  const standing = (name: Element): number => {
    if (humanName(name) === null) return 9;
    const uses = ['usual', 'official', '', 'temp', 'nickname'];
    const use = uses.indexOf(text(name, 'use') ?? '');
    const whole = text(name, 'text') !== null || text(name, 'family') !== null;
    return (use === -1 ? 3 : use) + (whole ? 0 : 5);
  };
  return standing(one) - standing(other);
}

function humanName(name: Element): HumanName | null {
  const given = texts(name, 'given');
  const family = text(name, 'family');
  const prefixes = texts(name, 'prefix');
  const whole = [...prefixes, ...given, ...(family === null ? [] : [family]), ...texts(name, 'suffix')].join(' ');
  const shown = text(name, 'text') ?? whole;
  return shown === '' ? null : { text: shown, prefix: prefixes.join(' ') || null, given, family };
}

/** Where a person lives now: of the addresses in use, the home before any other, and none that is only for post or bills. */
export function homeAddress(addresses: readonly Element[], now: Date): Address | null {
  const current = addresses.filter(
    (each) =>
      ['home', ''].includes(text(each, 'use') ?? '') &&
      text(each, 'type') !== 'postal' &&
      !hasEnded(each, 'period', now),
  );
  const home = current.find((each) => text(each, 'use') === 'home') ?? current[0];
  if (!home) return null;
  const lines = texts(home, 'line');
  const city = text(home, 'city');
  const postalCode = text(home, 'postalCode');
  if (lines.length > 0 || city !== null || postalCode !== null) return { lines, city, postalCode };
  const whole = text(home, 'text');
  return whole === null ? null : { lines: whole.split(/\s*\n\s*/), city: null, postalCode: null };
}
