/** How deep arrays and objects of an answer may lie in each other. */
export const DEEPEST = 64;

/** How many values an answer may hold: 600 for each of 200 patients. The dearest that there are take up 20 MiB of memory. */
export const MOST_VALUES = 125_000;

const text = new TextDecoder('utf-8', { fatal: true });

/** Reads JSON (RFC 8259) in UTF-8; `undefined` for what is not. */
export function parseJSON(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(text.decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * Whether JSON that somebody else has written can be read at a bounded cost. It is found out from the bytes, before
 * anything is made of them: what holds a value in every three bytes takes up twenty times its length.
 */
export function isBounded(bytes: Uint8Array): boolean {
  let depth = 0;
  let values = 1;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE:
        for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > DEEPEST || ++values > MOST_VALUES) return false;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        if (++values > MOST_VALUES) return false;
    }
  }
  return true;
}

// In UTF-8, none of these is ever a part of another character.
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
