import { parseNHSNumber } from '@caregraph/schema/scalars.ts';

/*
 * Made-up but valid NHS numbers that stand nowhere else, one for each path and spelling, so that a leak tells where it came
 * from; and a reader that finds them again in whatever a process has written, however they are spelt.
 */

/** A number, and where it is sent. */
export interface Canary {
  readonly path: string;
  readonly spelling: Spelling;
  /** Ten digits. */
  readonly number: string;
  /** The number as it is spelt. */
  readonly said: string;
}

const halves = (number: string, between: string): string =>
  [number.slice(0, 3), number.slice(3, 6), number.slice(6)].join(between);
const each = (number: string, spell: (digit: number) => string): string => [...number].map(Number).map(spell).join('');

/** How a number may be written. */
export const SPELLINGS = {
  plain: (number: string) => number,
  spaced: (number: string) => halves(number, ' '),
  hyphened: (number: string) => halves(number, '-'),
  dotted: (number: string) => halves(number, '.'),
  'spaced, percent-encoded': (number: string) => halves(number, '%20'),
  'percent-encoded': (number: string) => each(number, (digit) => `%3${digit}`),
  'full-width': (number: string) => each(number, (digit) => String.fromCodePoint(0xff10 + digit)),
  'full-width, percent-encoded': (number: string) => each(number, (digit) => `%EF%BC%9${digit}`),
  'Arabic-Indic': (number: string) => each(number, (digit) => String.fromCodePoint(0x0660 + digit)),
  escaped: (number: string) => each(number, (digit) => `\\u003${digit}`),
} as const satisfies Readonly<Record<string, (number: string) => string>>;

export type Spelling = keyof typeof SPELLINGS;

export const EVERY_SPELLING: readonly Spelling[] = [
  'plain',
  'spaced',
  'hyphened',
  'dotted',
  'spaced, percent-encoded',
  'percent-encoded',
  'full-width',
  'full-width, percent-encoded',
  'Arabic-Indic',
  'escaped',
];

/** All canaries of a run. */
export class Canaries {
  readonly all: Canary[] = [];
  readonly #byDigits = new Map<string, Canary>();
  #serial = 0;

  /** A new number for a path, in a spelling. */
  for(path: string, spelling: Spelling = 'plain'): Canary {
    const number = this.#next();
    const canary = { path, spelling, number, said: SPELLINGS[spelling](number) };
    this.all.push(canary);
    // Without its check digit it still says who it is.
    for (const digits of [number, number.slice(0, 9)]) this.#byDigits.set(digits, canary);
    return canary;
  }

  /** Which canaries a text holds, in whatever spelling, as `path (spelling)`. */
  in(text: string): string[] {
    const found = new Set<string>();
    for (const view of viewsOf(text)) {
      for (const [run] of view.matchAll(/\d{9,}/g)) {
        for (let start = 0; start + 9 <= run.length; start++) {
          const canary = this.#byDigits.get(run.slice(start, start + 9));
          if (canary) found.add(`${canary.path} (${canary.spelling})`);
        }
      }
    }
    return [...found];
  }

  #next(): string {
    for (;;) {
      // Spread over the range of made-up patients: two that follow one another share no more than their beginning.
      const nine = `999${String((this.#serial++ * 611_953 + 271_828) % 1_000_000).padStart(6, '0')}`;
      for (let check = 0; check < 10; check++) {
        try {
          return parseNHSNumber(`${nine}${check}`);
        } catch {
          // Not this check digit; some numbers have none.
        }
      }
    }
  }
}

/** The ways in which a text can be read: as it stands, with what is escaped in it, and with what is base64 in it. */
function* viewsOf(text: string): Generator<string> {
  let plain = text;
  for (let depth = 0; depth < 4; depth++) {
    yield digitsAndLetters(plain);
    const read = unescaped(plain);
    if (read === plain) break;
    plain = read;
  }
  for (const [run] of text.matchAll(/[\w+/-]{12,}/g)) {
    for (let offset = 0; offset < 4; offset++)
      yield digitsAndLetters(Buffer.from(run.slice(offset), 'base64').toString('latin1'));
  }
}

/** With ASCII digits in the place of others, and nothing that is neither letter nor digit. */
const digitsAndLetters = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) % 16))
    .replace(/[^\p{L}\p{N}]/gu, '');

const unescaped = (text: string): string =>
  text
    .replace(/\\u\{?([0-9a-f]{2,6})\}?/gi, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex.slice(0, 4), 16)),
    )
    .replace(/&#(\d{2,4});/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());
