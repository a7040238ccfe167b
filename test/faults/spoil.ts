import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { patientsOf, type Whole } from './contract-answer.ts';
import { TRUST_CODES, type Truth } from './truth.ts';

/** A text that faulty trusts plant in every odd place. It must reach no client. */
export const CANARY = 'CANARY-c0ffee';

/** What a spoiled answer is made of. */
export interface Spoilable {
  readonly odsCode: string;
  readonly truth: Truth;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The right answer, of its own: it may be changed. */
  readonly answer: Whole;
  /** Where a redirect leads. */
  readonly sink: string;
  /** The same number gives the same choice. */
  readonly call: number;
}

type Spoiler = (response: ServerResponse, spoilable: Spoilable) => void;

const JSON_TYPE = 'application/json';

const send =
  (text: string | Uint8Array, headers: Record<string, string | string[]> = {}, status = 200): Spoiler =>
  (response) => {
    response.writeHead(status, { 'content-type': JSON_TYPE, ...headers });
    response.end(text);
  };

/** Sends the answer after it was changed by hand. */
const changed =
  (change: (spoilable: Spoilable) => unknown): Spoiler =>
  (response, spoilable) =>
    send(JSON.stringify(change(spoilable) ?? spoilable.answer))(response, spoilable);

interface Loose {
  [key: string]: unknown;
}

const isLoose = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Changes every entity of an answer. */
const eachEntity = (change: (entity: Loose, i: number) => unknown) =>
  changed(({ answer }) => ({
    data: Object.fromEntries(
      Object.entries(answer.data).map(([alias, entities]) => [
        alias,
        entities.map((entity, i) => {
          const result = change(entity, i);
          return result === undefined ? entity : result;
        }),
      ]),
    ),
  }));

/** Changes one record of every list of every entity. */
const oneRecord = (change: (record: Loose) => void) =>
  eachEntity((entity) => {
    for (const value of Object.values(entity)) {
      const record: unknown = Array.isArray(value) ? value.at(-1) : undefined;
      if (isLoose(record)) change(record);
    }
  });

/** Changes the fields of one record that are not what the gateway asks for on its own. */
const oneField = (fits: (value: unknown) => boolean, bad: unknown) =>
  oneRecord((record) => {
    for (const key of Object.keys(record)) {
      if (key !== 'gatherId' && fits(record[key])) record[key] = bad;
    }
  });

const isEnumValue = (value: unknown): boolean => typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value);

/** Changes the list of entities of every part of an answer. */
const entities = (change: (list: readonly unknown[], spoilable: Spoilable) => unknown) =>
  changed((spoilable) => ({
    data: Object.fromEntries(
      Object.entries(spoilable.answer.data).map(([alias, list]) => [alias, change(list, spoilable)]),
    ),
  }));

const redirect =
  (status: number): Spoiler =>
  (response, spoilable) =>
    send('', { location: `${spoilable.sink}?${CANARY}` }, status)(response, spoilable);

const MEBIBYTE = 1024 * 1024;
const madeOnce = <Value>(make: () => Value): (() => Value) => {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
const gzipBomb = madeOnce(() => {
  // Members of a gzip file follow each other (RFC 1952, 2.2): 1 GiB of spaces in about 1 MiB.
  const member = gzipSync(Buffer.alloc(16 * MEBIBYTE, ' '));
  return Buffer.concat(Array.from({ length: 64 }, () => member));
});
const brotliBomb = madeOnce(() =>
  brotliCompressSync(Buffer.alloc(64 * MEBIBYTE, ' '), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 3, [constants.BROTLI_PARAM_LGWIN]: 24 },
  }),
);
const nestedBomb = madeOnce(() => gzipSync(gzipBomb()));

/** Sends chunks until nobody takes them any more. */
const endless =
  (headers: Record<string, string>, first: string, chunk: Uint8Array): Spoiler =>
  (response) => {
    response.writeHead(200, { 'content-type': JSON_TYPE, ...headers });
    response.write(first);
    const more = (): void => {
      while (!response.destroyed) {
        if (!response.write(chunk)) {
          response.once('drain', more);
          return;
        }
      }
    };
    more();
  };

/** Another patient, known to the same trust. */
function anotherOf({ truth, odsCode, variables, call }: Spoilable): string {
  const asked = new Set(Object.values(variables).flatMap((value) => (isKeys(value) ? patientsOf(value) : [])));
  const others = truth.patients.filter((each) => !asked.has(each) && truth.known(each).includes(odsCode));
  return others[call % others.length] ?? '';
}

const isKeys = (value: unknown): value is readonly Loose[] => Array.isArray(value) && value.some(isLoose);

/**
 * What a trust can do to its answers, by name. The fault is named as in the table of faults; each sends an answer by hand.
 */
export const SPOILS = {
  // Not an answer at all.
  html: send(`<html><body>${CANARY}</body></html>`, { 'content-type': 'text/html' }),
  'html as json': send(`<html><body>${CANARY}</body></html>`),
  'wrong content type': (response, spoilable) =>
    send(JSON.stringify(spoilable.answer), { 'content-type': 'text/plain' })(response, spoilable),
  'empty object': send('{}'),
  null: send('null'),
  array: send(`["${CANARY}"]`),
  'no content': (response) => {
    response.writeHead(204);
    response.end();
  },
  'no body': send(''),
  'truncated json': (response, spoilable) => {
    const text = JSON.stringify(spoilable.answer);
    send(text.slice(0, Math.floor(text.length * 0.8)))(response, spoilable);
  },
  'bad utf-8': (response, spoilable) => {
    const bytes = Buffer.from(JSON.stringify({ ...spoilable.answer, more: CANARY }));
    bytes[bytes.length - 3] = 0xff;
    send(bytes)(response, spoilable);
  },
  'data null': send('{"data":null}'),
  'server error': send(`{"message":"${CANARY}"}`, {}, 500),
  // An answer that does not fit the contract.
  'null entity': eachEntity(() => null),
  'extra data': changed(({ answer }) => {
    for (const list of Object.values(answer.data)) {
      for (const entity of list) {
        entity.extra = CANARY;
        for (const value of Object.values(entity)) {
          if (Array.isArray(value)) for (const record of value) if (isLoose(record)) record.extra = { text: CANARY };
        }
      }
    }
    return { ...answer, data: { ...answer.data, more: CANARY }, extensions: { text: CANARY }, [CANARY]: CANARY };
  }),
  'wrong types': oneField((value) => typeof value === 'string', { text: CANARY }),
  'unknown enum value': oneField(isEnumValue, `UNHEARD_OF_${CANARY}`),
  'null in non-null': oneField((value) => value !== null, null),
  'field left out': oneRecord((record) => {
    for (const key of Object.keys(record)) if (key !== 'gatherId') delete record[key];
  }),
  'record is a text': eachEntity((entity) => {
    for (const [key, value] of Object.entries(entity)) if (Array.isArray(value)) entity[key] = [...value, CANARY];
  }),
  'error with words': changed(({ answer }) => ({
    ...answer,
    errors: [{ message: CANARY, path: [CANARY], extensions: { code: CANARY, stacktrace: [CANARY] } }],
  })),
  // Too much of an answer.
  'gzip bomb': (response, spoilable) => send(gzipBomb(), { 'content-encoding': 'gzip' })(response, spoilable),
  'brotli bomb': (response, spoilable) => send(brotliBomb(), { 'content-encoding': 'br' })(response, spoilable),
  'nested bomb': (response, spoilable) => send(nestedBomb(), { 'content-encoding': 'gzip, gzip' })(response, spoilable),
  'a million deep': (response, spoilable) =>
    send(`{"data":{"g0":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}}`)(response, spoilable),
  'a million objects deep': (response, spoilable) =>
    send(`{"data":${'{"a":'.repeat(900_000)}1${'}'.repeat(900_000)}}`)(response, spoilable),
  'endless chunks': endless({}, '{"data":{"g0":[{"more":"', Buffer.alloc(64 * 1024, 'x')),
  'endless spaces': endless({}, '{', Buffer.alloc(64 * 1024, ' ')),
  // Somebody else's answer.
  'entities reversed': entities((list) => list.toReversed()),
  'entities doubled': entities((list) => [...list, ...list]),
  'entities short': entities((list) => list.slice(1)),
  'keys swapped': entities((list) => {
    const loose = list.filter(isLoose);
    const keys = loose.map(({ gatherKey }) => gatherKey);
    return loose.map((entity, i) => ({ ...entity, gatherKey: keys[(i + 1) % keys.length] }));
  }),
  'key missing': eachEntity((entity) => {
    delete entity.gatherKey;
  }),
  'key of another': changed((spoilable) => {
    const another = anotherOf(spoilable);
    for (const list of Object.values(spoilable.answer.data)) for (const entity of list) entity.gatherKey = another;
    return spoilable.answer;
  }),
  'a foreign custodian': oneRecord((record) => {
    record.custodian = { odsCode: TRUST_CODES[0], name: CANARY };
    record.id = `${TRUST_CODES[0]}:${CANARY}`;
  }),
  'prototype keys': (response, spoilable) => {
    // JSON.stringify writes no such keys of an ordinary object, so they are put into the text.
    const poison = `"__proto__":{"polluted":"${CANARY}","crisisPlans":[]},"constructor":{"prototype":{"polluted":"${CANARY}"}}`;
    const text = JSON.stringify(spoilable.answer).replaceAll('{"gather', `{${poison},"gather`);
    send(`{${poison},${text.slice(1)}`)(response, spoilable);
  },
  // Headers that lead elsewhere.
  'redirect 301': redirect(301),
  'redirect 302': redirect(302),
  'redirect 303': redirect(303),
  'redirect 307': redirect(307),
  'redirect 308': redirect(308),
  'refresh header': (response, spoilable) =>
    send(JSON.stringify(spoilable.answer), {
      refresh: `0; url=${spoilable.sink}`,
      link: `<${spoilable.sink}>; rel="preload"`,
      'content-location': spoilable.sink,
      'alt-svc': `http/1.1="${new URL(spoilable.sink).host}"`,
    })(response, spoilable),
  'set-cookie': (response, spoilable) =>
    send(JSON.stringify(spoilable.answer), {
      'set-cookie': [`session=${CANARY}; Path=/`, `__Host-a=${CANARY}; Secure; Path=/`],
      'x-canary': CANARY,
      'access-control-allow-origin': '*',
    })(response, spoilable),
  'header injection': (response, spoilable) => {
    const body = JSON.stringify(spoilable.answer);
    // Written by hand: a header that carries another behind it, and a second answer in the first one's wake.
    response.socket?.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-a: b\nset-cookie: a=${CANARY}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}` +
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${CANARY.length}\r\n\r\n${CANARY}`,
    );
  },
  // A connection that leads nowhere.
  silence: () => {},
  'headers, then nothing': (response) => {
    response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': '1000' });
    response.flushHeaders();
  },
  drip: (response, spoilable) => {
    const text = JSON.stringify(spoilable.answer);
    response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(text) });
    let at = 0;
    const timer = setInterval(() => {
      response.write(text.slice(at, ++at));
      if (at >= text.length) response.end();
    }, 200);
    response.once('close', () => clearInterval(timer));
  },
  'closes half-way': (response, spoilable) => {
    const text = JSON.stringify(spoilable.answer);
    response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(text) });
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  },
} as const satisfies Readonly<Record<string, Spoiler>>;

export type Spoil = keyof typeof SPOILS;

/** Makes beforehand what takes long to make, so that it is sent at once. */
export function prepare(spoils: readonly Spoil[]): void {
  if (spoils.includes('gzip bomb')) gzipBomb();
  if (spoils.includes('brotli bomb')) brotliBomb();
  if (spoils.includes('nested bomb')) nestedBomb();
}

/** A number from 0 up to, but not including, 1, that depends on the seed and on which call it is, and on nothing else. */
export function lot(seed: string, call: number): number {
  return createHash('sha256').update(`${seed} ${call}`).digest().readUInt32BE() / 2 ** 32;
}
