/** Percent-encoded bytes (RFC 3986), and the escapes of JSON, of JavaScript and of GraphQL, however often they were escaped. */
const ESCAPES = /(?:%[0-9a-f]{2})+|\\{1,8}u(?:([0-9a-f]{4})|\{([0-9a-f]{1,5})\})/gi;

/** What was escaped more often than this was escaped to be hidden, and is not what a program makes of a text. */
const MOST_TIMES = 4;

/** A text as it reads once its escapes are read: percent-encoded bytes, `\u0039`, `\u{39}`. As often as it takes. */
export function withoutEscapes(text: string): string {
  let plain = text;
  for (let times = 0; times < MOST_TIMES; times++) {
    const read = plain.replace(ESCAPES, (escaped, four?: string, braced?: string) => {
      const code = four ?? braced;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8');
    });
    if (read === plain) break;
    plain = read;
  }
  return plain;
}
