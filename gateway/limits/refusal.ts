import { refuse } from '@caregraph/service/errors.ts';
import type { DocumentNode, GraphQLError } from 'graphql';
import { excessOfDocument, hidesTypename } from './document.ts';
import { type Excess, type Limit, MOST } from './most.ts';

/**
 * The error for a request that holds too much of something: `QUERY_TOO_LARGE`, or `TOO_COSTLY` for what depends on its
 * variables, with `extensions.limit`, `sent` and `most`. It says how much was sent, what is the most, and what to do.
 */
export function tooMuch({ limit, sent: counted }: Excess): GraphQLError {
  const [code, what, instead] = WORDS[limit];
  const most = MOST[limit];
  const sent = Math.min(counted, UNCOUNTED);
  const many = `${inWords(sent)}${sent === UNCOUNTED ? ' or more' : ''}`;
  // Apollo Server takes the status from there, and tells nobody.
  const status = code === 'TOO_COSTLY' ? { http: { status: 400 } } : {};
  return refuse(code, `${what(many)}; the most is ${inWords(most)}. ${instead}`, { limit, sent, most, ...status });
}

/** Why a document is neither validated nor planned; `null` when it may be. */
export function refusalOfDocument(document: DocumentNode): GraphQLError | null {
  const excess = excessOfDocument(document);
  if (excess) return tooMuch(excess);
  return hidesTypename(document) ? TYPENAME_HIDDEN : null;
}

const TYPENAME_HIDDEN = refuse(
  'GRAPHQL_VALIDATION_FAILED',
  'Call no other field "__typename": the gateway tells by it which type an object has.',
);

/** Fragments that spread fragments twice come to any number: from here on, which one makes no difference. */
const UNCOUNTED = 1_000_000;

const inWords = (count: number): string => count.toLocaleString('en-GB');

type Code = 'QUERY_TOO_LARGE' | 'TOO_COSTLY';

const IN_SEVERAL = 'Ask in several requests.';

/** The code, what was counted, and what to do instead. */
const WORDS: Readonly<Record<Limit, readonly [Code, (sent: string) => string, string]>> = {
  characters: [
    'QUERY_TOO_LARGE',
    (sent) => `This query is ${sent} characters long`,
    'Leave out what is not needed, or ask in several requests.',
  ],
  tokens: [
    'QUERY_TOO_LARGE',
    (sent) => `This query holds ${sent} words and marks`,
    'Leave out what is not needed, or ask in several requests.',
  ],
  brackets: [
    'QUERY_TOO_LARGE',
    (sent) => `Brackets stand ${sent} deep within each other in this query`,
    'Ask less far down.',
  ],
  operations: [
    'QUERY_TOO_LARGE',
    (sent) => `This document holds ${sent} operations`,
    'Send the operation that is to run, and no others.',
  ],
  variables: [
    'QUERY_TOO_LARGE',
    (sent) => `This query declares ${sent} variables`,
    'Declare those that are needed, and hand lists over as one.',
  ],
  fragments: [
    'QUERY_TOO_LARGE',
    (sent) => `This query holds ${sent} fragments, inline fragments among them`,
    'Select the fields of one type together.',
  ],
  directives: [
    'QUERY_TOO_LARGE',
    (sent) => `This query holds ${sent} directives`,
    'Put fields under one condition into one fragment.',
  ],
  aliases: ['QUERY_TOO_LARGE', (sent) => `This query holds ${sent} aliases`, IN_SEVERAL],
  rootFields: [
    'QUERY_TOO_LARGE',
    (sent) => `This operation has ${sent} root fields`,
    'Ask for several patients by one root field, or in several requests.',
  ],
  depth: ['QUERY_TOO_LARGE', (sent) => `This operation goes ${sent} fields deep`, 'Ask less far down.'],
  fields: [
    'QUERY_TOO_LARGE',
    (sent) => `This query asks for ${sent} fields, each counted as often as its fragments bring it`,
    'Ask for each field once, or in several requests.',
  ],
  patients: ['TOO_COSTLY', (sent) => `This operation names ${sent} patients`, IN_SEVERAL],
  cost: [
    'TOO_COSTLY',
    (sent) =>
      `This operation may have to bring together ${sent} answers: one for each patient, each organisation that shares with you, and each list`,
    'Ask for fewer patients, or fewer lists, in one request.',
  ],
};
