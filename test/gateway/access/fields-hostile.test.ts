import { tellRefused } from '@caregraph/gateway/access/field-answer.ts';
import type { FieldRules, Refusals } from '@caregraph/gateway/access/field-rules.ts';
import { type RefusedFields, refuseFields } from '@caregraph/gateway/access/fields.ts';
import { buildSchema, getOperationAST, NoUnusedVariablesRule, parse, print, specifiedRules, validate } from 'graphql';
import { describe, expect, test } from 'vitest';

const schema = buildSchema(`
  type Query { thing: Thing ship: Ship ships: [Ship] }
  interface Thing { id: ID! label: String next: Thing past: Thing }
  type Ship implements Thing { id: ID! label: String next: Thing past: Thing secret: String }
  type Crane implements Thing { id: ID! label: String next: Thing past: Thing }
  type Buoy implements Thing { id: ID! label: String next: Thing past: Thing }`);

/** Rules that count how often they are looked at. */
class Counted extends Map<string, ReadonlyMap<string, string>> {
  looks = 0;
  override get(type: string): ReadonlyMap<string, string> | undefined {
    this.looks++;
    return super.get(type);
  }
}

function refused(query: string): { readonly fields: RefusedFields; readonly refusals: Counted } {
  const refusals = new Counted([
    [
      'Ship',
      new Map([
        ['secret', 'Secret.'],
        ['next', 'Next.'],
        ['label', 'Label.'],
      ]),
    ],
  ]);
  const rules: FieldRules = { roles: new Set(), refusedTo: (): Refusals => refusals };
  const document = parse(query);
  const operation = getOperationAST(document);
  const fields = operation && refuseFields(rules, { schema, document, operation }, 'clerk');
  if (!fields) throw new Error('Something of it is refused.');
  return { fields, refusals };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const textOf = ({ remaining }: RefusedFields): string => (remaining ? print(remaining.document) : '');

/** How much more four times as much costs. */
function growth(
  query: (size: number) => string,
  size: number,
  cost: (of: ReturnType<typeof refused>) => number,
): number {
  return cost(refused(query(size * 4))) / cost(refused(query(size)));
}

describe('an operation that was written to cost much', () => {
  test('tells of a field that is asked for 500 times 500 times, and asks for it not once', () => {
    const { fields } = refused(
      `{ ship { ${numbers(500)
        .map((i) => `a${i}: secret`)
        .join(' ')} id } }`,
    );
    expect(textOf(fields).replaceAll(/\s+/g, ' ')).toBe('{ ship { id ofType: __typename } }');
    const { data, errors = [] } = tellRefused({ data: { ship: { id: '1', ofType: 'Ship' } } }, fields, {});
    expect(Object.keys(data?.ship)).toEqual([...numbers(500).map((i) => `a${i}`), 'id']);
    expect(errors.map(({ path }) => path?.join('.'))).toEqual(numbers(500).map((i) => `ship.a${i}`));
  });

  /** Each fragment spreads the next one twice, below itself: written out, it is 2 to the power of their number. */
  const doubling = (count: number): string =>
    `{ thing { ...F0 } } ${numbers(count)
      .map(
        (i) =>
          `fragment F${i} on Thing { id a: past { ...F${i + 1} } b: past { ...F${i + 1} ... on Ship { secret } } }`,
      )
      .join(' ')} fragment F${count} on Thing { label ... on Ship { secret } }`;
  /** Fields below fields, that are refused of one type each: asked of the others, it is 2 to the power of their number. */
  const nested = (depth: number): string => `{ thing ${'{ next '.repeat(depth)}{ label }${' }'.repeat(depth)} }`;
  /** The same on one level. */
  const repeating = (count: number): string =>
    `{ thing { ...F0 } } ${numbers(count)
      .map((i) => `fragment F${i} on Thing { ...F${i + 1} ... on Thing { ...F${i + 1} } }`)
      .join(' ')} fragment F${count} on Thing { label ... on Ship { secret } }`;
  const spreads = (count: number): string =>
    `{ ${numbers(count)
      .map((i) => `a${i}: thing { ...F }`)
      .join(' ')} } fragment F on Thing { ${numbers(count)
      .map((i) => `l${i}: label`)
      .join(' ')} }`;

  test.each([
    ['fragments that spread the next one twice', doubling, 50],
    ['fragments that spread the next one twice, on one level', repeating, 50],
    ['fields below fields that are refused of one type', nested, 50],
    ['one long fragment, spread often', spreads, 200],
  ])('costs as much as it is long: %s', (_what, query, size) => {
    expect(growth(query, size, ({ refusals }) => refusals.looks)).toBeLessThan(5);
  });

  test.each([
    ['fragments that spread the next one twice', doubling, 50],
    ['fragments that spread the next one twice, on one level', repeating, 50],
    ['fields below fields that are refused of one type', nested, 6],
    ['one long fragment, spread often', spreads, 200],
  ])('does not grow by what is taken out of it: %s', (_what, query, size) => {
    const { fields } = refused(query(size));
    expect(textOf(fields).length).toBeLessThan(6 * print(fields.asked.document).length);
    const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule && !/Overlapping/.test(rule.name));
    expect(validate(schema, parse(textOf(fields)), rules)).toEqual([]);
  });

  test('is refused as a whole when it would have to be asked of one type after another, too far down', () => {
    expect(refused(nested(6)).fields.fault).toBeNull();
    for (const depth of [8, 50, 300]) {
      const { fields } = refused(nested(depth));
      expect(fields.remaining).toBeNull();
      const { data, errors = [] } = tellRefused(null, fields, {});
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
    }
  });

  test('is refused as a whole when it goes down further than there is room to follow it', () => {
    for (const query of [
      nested(3000),
      `{ ship ${'{ past '.repeat(3000)}{ secret }${' }'.repeat(3000)} }`
        .replace('ship', 'thing')
        .replace('secret', 'label'),
    ]) {
      const { fields } = refused(query);
      expect(fields.remaining).toBeNull();
      expect(tellRefused(null, fields, {}).errors).toMatchObject([
        { message: 'Ask less far down: the operation has too many levels.' },
      ]);
    }
  });

  test.each([
    ['fragments that spread the next one twice', doubling],
    ['fragments that spread the next one twice, on one level', repeating],
  ])('costs as much as it is long to tell of: %s', (_what, query) => {
    const cost = ({ fields, refusals }: ReturnType<typeof refused>): number => {
      refusals.looks = 0;
      const thing = { ofType: 'Ship', id: 's', a: null, b: null };
      const { errors = [] } = tellRefused({ data: { thing } }, fields, {});
      expect(errors).toHaveLength(2);
      return refusals.looks;
    };
    expect(growth(query, 50, cost)).toBeLessThan(5);
  });

  test('costs no more to tell of in many objects than in one', () => {
    const { fields, refusals } = refused('{ ships { id secret past { id secret: label } } }');
    const cost = (count: number): number => {
      refusals.looks = 0;
      const ships = numbers(count).map((i) => ({ id: `${i}`, past: { ofType: 'Ship', id: 'p' } }));
      expect(tellRefused({ data: { ships } }, fields, {}).errors).toHaveLength(2 * count);
      return refusals.looks;
    };
    expect(cost(100)).toBe(cost(1));
  });

  test('is decided once for as long as its document is there', () => {
    const { fields, refusals } = refused(doubling(50));
    const looks = refusals.looks;
    const rules: FieldRules = { roles: new Set(), refusedTo: () => refusals };
    expect(refuseFields(rules, fields.asked, 'keeper')).toBe(fields);
    expect(refusals.looks).toBe(looks);
  });
});

test('what an answer leaves out is left out, and what cannot be told apart is left as it is', () => {
  const { fields } = refused('{ ship { id secret past { id label } next { id } } thing { id label } }');
  const thing = { id: 't' };
  const { data, errors } = tellRefused({ data: { ship: { past: { id: 'p' } }, thing } }, fields, {});
  expect(Object.entries(data?.ship)).toEqual([
    ['secret', null],
    ['past', { id: 'p' }],
    ['next', null],
  ]);
  expect(data?.thing).toBe(thing);
  expect(errors?.map(({ path, message }) => [path?.join('.'), message])).toEqual([
    ['ship.secret', 'Secret.'],
    ['ship.next', 'Next.'],
    [undefined, 'Label.'],
  ]);
});
