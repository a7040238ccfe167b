import { getIntrospectionQuery } from 'graphql';
import { nhsNumbers } from '../../support/nhs-numbers.ts';

const NUMBERS = nhsNumbers(7_500);

/**
 * Requests that are meant to cost a gateway more than they cost whoever sends them: a body for each, which is another one for
 * each number that it is made with, so that nothing that was kept of the last one answers it.
 */
export type Attacks = Readonly<Record<string, (n: number) => string>>;

const body = (query: string, variables: unknown = { n: '9990100012', o: 'RW5' }): string =>
  JSON.stringify({ query, variables });

const times = (count: number, make: (i: number) => string, by = ' '): string =>
  Array.from({ length: count }, (_, i) => make(i)).join(by);

const patient = (n: number, selected: string, rest = ''): string =>
  body(`query Q${n}($n: NHSNumber!) { patient(nhsNumber: $n) { ${selected} } } ${rest}`);

const organisation = (n: number, selected: string, rest = ''): string =>
  body(`query Q${n}($o: ODSCode!) { organisation(odsCode: $o) { ${selected} } } ${rest}`);

const nested = (depth: number, leaf: string, field = 'succeededBy'): string =>
  `${`${field} { `.repeat(depth)}${leaf}${' }'.repeat(depth)}`;

/** Fragments each of which spreads the next twice. */
const doubled = (levels: number, type: string, each: (next: string, i: number) => string, leaf: string): string =>
  `${times(levels, (i) => `fragment f${i} on ${type} { ${each(`...f${i + 1}`, i)} }`)} fragment f${levels} on ${type} { ${leaf} }`;

/** What is larger than anything that is looked at. Each is refused. */
export const TOO_LARGE: Attacks = {
  'overlapping inline fragments, 60 KB': (n) =>
    patient(
      n,
      times(2_000, () => '...on Patient{alerts{id}}', ''),
    ),
  'overlapping inline fragments, 15,000 characters': (n) =>
    patient(
      n,
      times(550, () => '...on Patient{alerts{id}}', ''),
    ),
  'overlapping fields, 15,000 characters': (n) =>
    patient(
      n,
      times(1_000, () => 'alerts{id}'),
    ),
  'doubled fragments, 30 levels': (n) =>
    organisation(
      n,
      '...f0',
      doubled(30, 'Organisation', (next) => `${next} ${next} succeededBy{${next}}`, 'name'),
    ),
  'doubled fields on a recursive type, 12 levels': (n) =>
    organisation(
      n,
      '...f0',
      doubled(12, 'Organisation', (next) => `a:succeededBy{${next}} b:succeededBy{${next}}`, 'name'),
    ),
  '500 repeated fields': (n) =>
    patient(
      n,
      times(501, () => 'nhsNumber'),
    ),
  '101 aliases': (n) =>
    patient(
      n,
      times(101, (i) => `a${i}: alerts { id }`),
    ),
  '101 aliases of a root field': (n) =>
    body(`query Q${n}($n: NHSNumber!) { ${times(101, (i) => `a${i}: patient(nhsNumber: $n) { alerts { id } }`)} }`),
  'a directive 2,000 times': (n) => patient(n, `nhsNumber ${'@a'.repeat(2_000)}`),
  '@skip 1,000 times': (n) =>
    patient(
      n,
      times(1_000, () => 'id@skip(if:1)'),
    ),
  'fields 1,500 deep': (n) => body(`query Q${n} { organisations {${nested(1_500, 'name', 's')}} }`),
  'brackets 7,000 deep': (n) => body(`query Q${n} { ${'{'.repeat(7_000)}`),
  'lists 7,000 deep': (n) => body(`query Q${n} { patients(nhsNumbers: ${'['.repeat(7_000)}`),
  'objects 3,000 deep': (n) => body(`query Q${n} { patients(nhsNumbers: ${'{a:'.repeat(3_000)}`),
  'types 7,000 deep': (n) => body(`query Q${n}($a: ${'['.repeat(7_000)}`),
  '__typename 10,000 times': (n) => body(`query Q${n} {${'__typename '.repeat(10_000)}}`),
  '__typename 1,300 times': (n) => body(`query Q${n} {${'__typename '.repeat(1_300)}}`),
  'a name of 90,000 characters': (n) => body(`query Q${n} { ${'a'.repeat(90_000)} }`),
  'a string of 90,000 characters': (n) => body(`query Q${n} { patient(nhsNumber: "${'a'.repeat(90_000)}") { id } }`),
  'a number of 90,000 digits': (n) => body(`query Q${n} { patient(nhsNumber: ${'9'.repeat(90_000)}) { id } }`),
  'a comment of 90,000 characters': (n) => body(`#${'a'.repeat(90_000)}\nquery Q${n} { __typename }`),
  'commas, 90,000': (n) => body(`query Q${n} ${','.repeat(90_000)} { __typename }`),
  '500 operations': (n) => body(times(500, (i) => `query Q${n}x${i} { __typename }`)),
  '300 unused fragments': (n) =>
    body(`query Q${n} { __typename } ${times(300, (i) => `fragment f${i} on Patient { nhsNumber }`)}`),
  '500 unused variables': (n) => body(`query Q${n}(${times(500, (i) => `$v${i}: Int`)}) { __typename }`),
  'a list of 500 requests': (n) =>
    JSON.stringify(Array.from({ length: 500 }, () => ({ query: `query Q${n} { __typename }` }))),
  '1,000 patients': (n) =>
    body(`query Q${n}($p: [NHSNumber!]!) { patients(nhsNumbers: $p) { alerts { id } } }`, {
      p: NUMBERS.slice(0, 1_000),
    }),
  '7,500 patients': (n) =>
    body(`query Q${n}($p: [NHSNumber!]!) { patients(nhsNumbers: $p) { alerts { id } } }`, { p: NUMBERS }),
};

/** Refused by whoever reads or validates it: it stays within every limit, or is no GraphQL. */
export const INVALID: Attacks = {
  'circular fragments': (n) =>
    patient(
      n,
      '...f0',
      times(8, (i) => `fragment f${i} on Patient { ...f${(i + 1) % 8} ...f${(i + 3) % 8} alerts{id} }`),
    ),
  'fragments that spread each other': (n) =>
    patient(
      n,
      '...f0',
      times(30, (i) => `fragment f${i} on Patient { ${times(30, (j) => `...f${j}`)} }`),
    ),
  '480 unknown fields': (n) =>
    patient(
      n,
      times(480, (i) => `nhsNumbr${i}`),
    ),
  'an unknown name of 14,000 characters': (n) => patient(n, 'a'.repeat(14_000)),
  'a string of 14,000 characters': (n) =>
    body(`query Q${n} { patient(nhsNumber: "${'9'.repeat(14_000)}") { nhsNumber } }`),
  'a number of 14,000 digits': (n) => body(`query Q${n} { patient(nhsNumber: ${'9'.repeat(14_000)}) { nhsNumber } }`),
  'escapes, 14,000 characters': (n) =>
    body(`query Q${n} { patient(nhsNumber: "${'\\u0039'.repeat(2_300)}") { nhsNumber } }`),
  'block strings': (n) => body(`query Q${n} { patient(nhsNumber: """${'\n '.repeat(7_000)}""") { nhsNumber } }`),
  'a list of 1,200 values': (n) =>
    body(`query Q${n} { patients(nhsNumbers: [${times(1_200, () => '1')}]) { nhsNumber } }`),
  'conflicting aliases': (n) =>
    patient(
      n,
      times(30, (i) => `${i % 2 ? 'a' : 'b'}: ${i % 3 ? 'alerts' : 'contacts'} { id }`),
    ),
  'conflicts far down': (n) =>
    organisation(
      n,
      times(24, (i) => nested(9, i % 2 ? 'name' : 'name: odsCode')),
    ),
  'variables as JSON, 90 KB deep': (n) =>
    `{"query":"query Q${n} { __typename }","variables":{"n":${'['.repeat(45_000)}${']'.repeat(45_000)}}}`,
  '__proto__ in variables': (n) => `{"query":"query Q${n} { __typename }","variables":{"__proto__":{"a":1}}}`,
  'constructor.prototype in variables': (n) =>
    `{"query":"query Q${n} { __typename }","variables":{"constructor":{"prototype":{"a":1}}}}`,
  'a patient as JSON, 90 KB deep': (n) =>
    `{"query":"query Q${n}($n: NHSNumber!) { patient(nhsNumber: $n) { nhsNumber } }","variables":{"n":${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}}}`,
};

/** What stays within every limit and is planned, as much of it as there may be. */
export const WITHIN: Attacks = {
  'lists under 30 aliases': (n) =>
    patient(
      n,
      times(30, (i) => `a${i}: alerts { id custodian { kind } }`),
    ),
  'lists under 30 aliases, 8 fields each': (n) =>
    patient(
      n,
      times(30, (i) => `a${i}: alerts { id text category priority lastUpdated custodian { name } }`),
    ),
  '10 root fields': (n) =>
    body(
      `query Q${n}($n: NHSNumber!) { ${times(10, (i) => `a${i}: patient(nhsNumber: $n) { alerts { id custodian { kind } } contacts { id } }`)} }`,
    ),
  'doubled fields on a recursive type, 7 levels': (n) =>
    organisation(
      n,
      '...f0',
      doubled(7, 'Organisation', (next) => `a:succeededBy{${next}} b:succeededBy{${next}}`, 'name'),
    ),
  'doubled fragments, 8 levels': (n) =>
    patient(
      n,
      '...f0',
      doubled(8, 'Patient', (next) => `${next} ${next}`, 'nhsNumber'),
    ),
  'overlapping fields, 240': (n) =>
    patient(
      n,
      times(240, () => 'alerts{id}'),
    ),
  'overlapping inline fragments, 38': (n) =>
    patient(
      n,
      times(38, () => '...on Patient{alerts{id custodian{kind} text category}}'),
    ),
  'overlapping fields, 480 in two': (n) =>
    patient(n, `alerts{${times(240, () => 'id')}} alerts{${times(240, () => 'id')}}`),
  '12 conditions': (n) =>
    body(
      `query Q${n}($n: NHSNumber!, ${times(12, (i) => `$v${i}: Boolean = true`, ', ')}) { patient(nhsNumber: $n) { ${times(12, (i) => `...@include(if: $v${i}) { alerts { id custodian { kind } } }`)} } }`,
    ),
  '12 conditions on lists under aliases': (n) =>
    body(
      `query Q${n}($n: NHSNumber!, ${times(12, (i) => `$v${i}: Boolean = true`, ', ')}) { patient(nhsNumber: $n) { ${times(12, (i) => `a${i}: alerts @include(if: $v${i}) { id custodian { kind } }`)} } }`,
    ),
  '12 conditions within each other': (n) =>
    body(
      `query Q${n}($n: NHSNumber!, ${times(12, (i) => `$v${i}: Boolean = true`, ', ')}) { patient(nhsNumber: $n) { ${times(12, (i) => `...@include(if: $v${i}) { a${i}: alerts { id } `)} ${'}'.repeat(12)} } }`,
    ),
  'interfaces within types': (n) =>
    patient(n, `alerts { ${'...on Record { ...on Alert { '.repeat(12)} id ${'} }'.repeat(12)} }`),
  '30 fragments that share fields': (n) =>
    patient(
      n,
      times(30, (i) => `...f${i}`),
      times(
        30,
        (i) => `fragment f${i} on Patient { alerts { id text } contacts { id name } nhsNumber a${i}: completeness }`,
      ),
    ),
  'many operations': (n) =>
    body(`${times(9, (i) => `query Q${n}x${i} { organisations { odsCode } }`)} query R { __typename }`).replace(
      '"query"',
      '"operationName":"R","query"',
    ),
  introspection: (n) => body(`${getIntrospectionQuery()} #${n}`),
  'introspection, three times within itself': (n) =>
    body(`query Q${n} { __schema { types { fields { type { fields { type { name } } } } } } }`),
};
