import { readdirSync } from 'node:fs';
import { excessOfDocument } from '@caregraph/gateway/limits/document.ts';
import { type Limit, MOST } from '@caregraph/gateway/limits/most.ts';
import { excessOfText } from '@caregraph/gateway/limits/text.ts';
import { schemaFile } from '@caregraph/schema/contract.ts';
import fc from 'fast-check';
import {
  buildSchema,
  type DocumentNode,
  getIntrospectionQuery,
  Kind,
  NoFragmentCyclesRule,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';

const excessOf = (text: string) => excessOfText(text) ?? excessOfDocument(parse(text));

const times = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');

/** A query that holds as much of what is limited as it is told to, and of nothing else too much. */
const HOLDING: Readonly<Record<Exclude<Limit, 'patients' | 'cost'>, (count: number) => string>> = {
  characters: (count) => `{ a } #`.padEnd(count, 'x'),
  tokens: (count) => `{ a(b: [${times(count - 9, () => '1')}]) }`,
  brackets: (count) => `{ a(b: ${'['.repeat(count - 2)}${']'.repeat(count - 2)}) }`,
  operations: (count) => times(count, (i) => `query q${i} { a }`),
  variables: (count) => `query (${times(count, (i) => `$v${i}: Int`)}) { a }`,
  fragments: (count) => `{ a { ${times(count - 1, () => '... { a }')} ...f } } fragment f on A { a }`,
  directives: (count) => `{ a ${times(count, () => '@b')} }`,
  aliases: (count) => `{ a { ${times(count, (i) => `a${i}: a`)} } }`,
  rootFields: (count) => `{ ${times(count - 1, () => 'a')} ...f } fragment f on Query { a }`,
  depth: (count) => `{ ${'a { '.repeat(count - 2)} ...f ${'} '.repeat(count - 2)} } fragment f on A { a { b } }`,
  fields: (count) => `{ a { ${times(count - 101, () => 'b')} ...f ...f } } fragment f on A { ${times(50, () => 'b')} }`,
};

describe.each(Object.entries(HOLDING))('of %s', (name, holding) => {
  const limit = Object.keys(MOST).find((each): each is Limit => each === name) ?? 'fields';

  test('the most is taken', () => {
    expect(excessOf(holding(MOST[limit]))).toBeNull();
  });

  test('one more is not, and it is said how many were sent', () => {
    expect(excessOf(holding(MOST[limit] + 1))).toEqual({ limit, sent: MOST[limit] + 1 });
  });
});

describe('there is room', () => {
  test.each(readdirSync(new URL('../../../schema/operations/', import.meta.url)))('twice over for %s', (name) => {
    const text = schemaFile(`operations/${name}`);
    const again = text.replaceAll(/(query|mutation|fragment|\.\.\.) ?(\w+)/g, '$1 $2Again');
    expect(excessOf(`${text}${again}`)).toBeNull();
  });

  test("for Apollo Sandbox's introspection", () => {
    const everything = { specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, oneOf: true };
    expect(excessOf(getIntrospectionQuery({ ...everything, inputValueDeprecation: true }))).toBeNull();
  });
});

describe('fragments are counted as often as they are spread', () => {
  const doubled = (levels: number): string =>
    `{ a { ...f0 } } ${times(levels, (i) => `fragment f${i} on A { ...f${i + 1} ...f${i + 1} }`)} fragment f${levels} on A { b }`;

  test('in no more time than they take to be read', () => {
    expect(excessOf(doubled(8))).toBeNull();
    expect(excessOf(doubled(30))).toEqual({ limit: 'fields', sent: 2 ** 30 + 1 });
  });

  test('by every operation of the document', () => {
    const fragment = `fragment f on Query { a { ${times(60, () => 'b')} } }`;
    expect(excessOf(`${times(8, (i) => `query q${i} { ...f }`)} ${fragment}`)).toBeNull();
    expect(excessOf(`${times(9, (i) => `query q${i} { ...f }`)} ${fragment}`)).toEqual({ limit: 'fields', sent: 549 });
  });

  test('and those that spread themselves, or are not there, are left to validation', () => {
    expect(excessOf('{ ...f ...g } fragment f on Query { a ...f }')).toBeNull();
    expect(excessOf('{ ...f } fragment f on Query { ...g } fragment g on Query { ...f a }')).toBeNull();
  });
});

describe('whatever is sent', () => {
  const schema = buildSchema('type Query { a: Int }');
  const names = fc.constantFrom('a', 'b', 'f0', 'f1', 'f2', '__typename', 'constructor', '__proto__');
  const { set } = fc.letrec<{ set: string; selection: string }>((tie) => ({
    set: fc.array(tie('selection'), { minLength: 1, maxLength: 4 }).map((all) => `{ ${all.join(' ')} }`),
    selection: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      names,
      names.map((name) => `...${name}`),
      fc.tuple(names, names).map(([alias, name]) => `${alias}: ${name} @b`),
      fc.tuple(names, tie('set')).map(([name, inner]) => `${name} ${inner}`),
      tie('set').map((inner) => `...on A ${inner}`),
    ),
  }));
  const document = fc
    .tuple(set, fc.uniqueArray(fc.tuple(names, set), { maxLength: 4, selector: ([name]) => name }))
    .map(([operation, fragments]) =>
      [`query ${operation}`, ...fragments.map(([name, inner]) => `fragment ${name} on A ${inner}`)].join('\n'),
    );

  test('no text makes the counters throw', () => {
    const pieces = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('{', '"', '"""', '\\u', '[', '...', '#', '$')),
    );
    fc.assert(fc.property(pieces, (all) => void excessOfText(all.join(''))));
  });

  /** How many fields there are once every fragment is written out, one after another; not a number beyond 5,000. */
  function writtenOut({ definitions }: DocumentNode): number {
    const fragments = new Map<string, SelectionSetNode>();
    for (const each of definitions) {
      if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each.selectionSet);
    }
    let fields = 0;
    const go = (sets: readonly (SelectionSetNode | undefined)[]): void => {
      for (const node of sets.flatMap((each) => each?.selections ?? [])) {
        if (node.kind === Kind.FIELD && ++fields > 5_000) fields = Number.NaN;
        if (Number.isNaN(fields)) return;
        go([node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node.selectionSet]);
      }
    };
    go(definitions.map((each) => (each.kind === Kind.OPERATION_DEFINITION ? each.selectionSet : undefined)));
    return fields;
  }

  test('no document does, and fields are counted as they are when its fragments are written out', () => {
    fc.assert(
      fc.property(document, (text) => {
        const parsed = parse(text);
        const excess = excessOfDocument(parsed);
        const isCircular = validate(schema, parsed, [NoFragmentCyclesRule]).length > 0;
        if (isCircular || (excess && excess.limit !== 'fields')) return;
        const fields = writtenOut(parsed);
        if (!Number.isNaN(fields)) expect(excess?.sent ?? null).toBe(fields > MOST.fields ? fields : null);
      }),
      { numRuns: 500 },
    );
  });
});
