import { scalars } from '@caregraph/schema/scalars.ts';
import { presentError, refuse } from '@caregraph/service/errors.ts';
import { withoutValues } from '@caregraph/service/without-values.ts';
import fc from 'fast-check';
import { buildSchema, execute, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';

const schema: GraphQLSchema = buildSchema(`
  scalar NHSNumber
  enum Status { ACTIVE INACTIVE }
  input Pointer { subject: NHSNumber! count: Int status: Status }
  type Query {
    find(number: NHSNumber, numbers: [NHSNumber!], pointer: Pointer, pointers: [Pointer!], count: Int, ratio: Float,
      text: String, flag: Boolean, id: ID, status: Status): Int
  }
`);
const { parseValue, parseLiteral } = scalars.NHSNumber;
Object.assign(schema.getType('NHSNumber') ?? {}, { parseValue, parseLiteral });

/** What graphql-js says of a query and its variables, and what leaves a process instead. */
function said(query: string, variables: Record<string, unknown> = {}): { original: string[]; presented: string[] } {
  const errors = mistakes(query, variables);
  return {
    original: errors.map(({ message }) => message),
    presented: errors.map(
      (error) =>
        presentError({ message: error.message, extensions: { code: 'BAD_USER_INPUT' } }, () => {
          throw new Error('This is not a fault.');
        }).message,
    ),
  };
}

function mistakes(query: string, variableValues: Record<string, unknown>): readonly GraphQLError[] {
  try {
    const document = parse(query);
    const invalid = validate(schema, document);
    if (invalid.length > 0) return invalid;
    const result = execute({ schema, document, variableValues });
    return ('errors' in result && result.errors) || [];
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

const withVariable = (type: string, value: unknown): string[] =>
  said(`query ($v: ${type}) { find(${argumentOf(type)}: $v) }`, { v: value }).presented;

const ARGUMENTS: Readonly<Record<string, string>> = {
  NHSNumber: 'number',
  '[NHSNumber!]': 'numbers',
  Pointer: 'pointer',
  '[Pointer!]': 'pointers',
  Int: 'count',
  Float: 'ratio',
  String: 'text',
  Boolean: 'flag',
  ID: 'id',
  Status: 'status',
};
const argumentOf = (type: string): string => ARGUMENTS[type] ?? 'text';

describe('a variable that is not valid', () => {
  test('is named with the reason, and not repeated', () => {
    expect(withVariable('NHSNumber', '943 476 59')).toEqual([
      'Variable "$v" is not valid: An NHS number is ten digits, which may be spaced 3-3-4.',
    ]);
    expect(withVariable('Int', '94')).toEqual(['Variable "$v" is not valid: Int cannot represent non-integer value.']);
    expect(withVariable('Pointer', 'x')).toEqual([
      'Variable "$v" is not valid: Expected type "Pointer" to be an object.',
    ]);
  });

  test('is named with the place inside it', () => {
    expect(withVariable('[NHSNumber!]', ['9434765919', '943', null])).toEqual([
      'Variable "$v" is not valid at "v[1]": An NHS number is ten digits, which may be spaced 3-3-4.',
      'Variable "$v" is not valid at "v[2]": Expected non-nullable type "NHSNumber!" not to be null.',
    ]);
    expect(withVariable('[Pointer!]', [{ subject: '9434765919', status: 'ACTIV', count: 1.5 }])).toEqual([
      'Variable "$v" is not valid at "v[0].count": Int cannot represent non-integer value.',
      'Variable "$v" is not valid at "v[0].status": This value does not exist in "Status" enum. Did you mean the enum value "ACTIVE" or "INACTIVE"?',
    ]);
  });

  test('is told which field is missing, or too many', () => {
    expect(withVariable('Pointer', { cuont: 1 })).toEqual([
      'Variable "$v" is not valid: Field "subject" of required type "NHSNumber!" was not provided.',
      'Variable "$v" is not valid: Field "cuont" is not defined by type "Pointer". Did you mean "count"?',
    ]);
    expect(withVariable('Pointer', { subject: '9434765919', '943 47': 1 })).toEqual([
      'Variable "$v" is not valid: A field is not defined by type "Pointer".',
    ]);
  });

  test('whose value could be taken for the reason is named without one', () => {
    expect(withVariable('[NHSNumber!]', ['943" at "v[7]"; 943'])).toEqual(['Variable "$v" is not valid.']);
  });
});

describe('a query that is not valid is told why, without its values', () => {
  test.each([
    ['{ find(number: 943476) }', 'An NHS number is a string of ten digits.'],
    ['{ find(numbers: [null]) }', 'Expected value of type "NHSNumber!", found null.'],
    ['{ find(pointer: "943476") }', 'Expected value of type "Pointer", found another.'],
    ['{ find(count: "943476") }', 'Int cannot represent non-integer value.'],
    ['{ find(count: 943476591) find(status: "943") }', 'Enum "Status" cannot represent non-enum value.'],
    [
      '{ find(status: ACTIV) }',
      'This value does not exist in "Status" enum. Did you mean the enum value "ACTIVE" or "INACTIVE"?',
    ],
    ['{ find(number: 943 476 59) }', 'Syntax Error: Expected Name, found Int.'],
    ['{ "943476" }', 'Syntax Error: Expected Name, found String.'],
    ['query "943476" { find }', 'Syntax Error: Expected "{", found String.'],
    ['{ n943476 }', 'Cannot query field "…" on type "Query".'],
    ['{ fnid }', 'Cannot query field "fnid" on type "Query". Did you mean "find"?'],
    ['{ find(nmuber: 1) }', 'Unknown argument "nmuber" on field "Query.find". Did you mean "number" or "numbers"?'],
  ])('%s', (query, message) => {
    expect(said(query).presented).toContain(message);
  });

  test('an operation that is not there is named when it has a name', () => {
    expect(withoutValues('Unknown operation named "Crisis".')).toBe('Unknown operation named "Crisis".');
    expect(withoutValues('Unknown operation named "943 476".')).toBe('Unknown operation.');
  });
});

describe('no value that a caller sends comes back in a message', () => {
  const digits = fc.stringMatching(/^[0-9]{4,12}$/);
  const text = fc.oneof(
    digits,
    fc.tuple(fc.string(), digits, fc.string({ unit: 'binary' })).map((parts) => parts.join('')),
  );
  const value = fc.oneof(
    text,
    fc.nat().filter((n) => n > 9_999),
    fc.record({ subject: text }),
    fc.array(text, { minLength: 1 }),
  );
  const runs = (sent: unknown): string[] => JSON.stringify(sent).match(/\d{4,}/g) ?? [];

  test.each(Object.keys(ARGUMENTS))('in a variable of type %s', (type) => {
    fc.assert(
      fc.property(value, (sent) => {
        const message = withVariable(type, sent).join('\n');
        for (const run of runs(sent)) expect(message).not.toContain(run);
      }),
    );
  });

  test.each(Object.entries(ARGUMENTS))('in a literal of type %s', (_type, argument) => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.nat().filter((n) => n > 9_999),
        ),
        (sent) => {
          const { presented } = said(`{ find(${argument}: ${JSON.stringify(sent)}) }`);
          for (const run of runs(sent)) expect(presented.join('\n')).not.toContain(run);
        },
      ),
    );
  });

  test('however long and hostile it is, in no time', () => {
    const hostile = [' Did you mean a', '; ', '" at "v[1]', 'Field "', '" is not defined by type "', '1 '];
    const start = performance.now();
    for (const part of hostile) {
      const long = part.repeat(100_000 / part.length);
      withVariable('Status', long);
      withVariable('Int', long);
      withVariable('Pointer', { [long]: long });
      said(`{ find(count: ${JSON.stringify(long)}) }`);
      said(`query ${JSON.stringify(long)} { find }`);
    }
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});

describe('an error that leaves a process', () => {
  const never = (): void => {
    throw new Error('This is not a fault.');
  };

  test('keeps its own words, its code, its path and what stands beside', () => {
    const error = refuse('INVALID_CODE_VALUE', 'The type "736253002" is not one of the pointer types.', { at: 'type' });
    expect(presentError({ ...error.toJSON(), path: ['patient', 0] }, never)).toMatchObject({
      message: 'The type "736253002" is not one of the pointer types.',
      path: ['patient', 0],
      extensions: { code: 'INVALID_CODE_VALUE', at: 'type' },
    });
  });

  test('holds no NHS number, in its words or in what stands beside, and no stack', () => {
    const presented = presentError(
      {
        message: 'Nothing of 943 476 5919.',
        extensions: { code: 'NOT_FOUND', stacktrace: ['x'], detail: [{ '9434765919': 'for 9434765919' }] },
      },
      never,
    );
    expect(presented).toEqual({
      message: 'Nothing of [withheld].',
      extensions: { code: 'NOT_FOUND', detail: [{ '[withheld]': 'for [withheld]' }] },
    });
  });

  test.each([{ code: 'INTERNAL_SERVER_ERROR' }, {}, undefined])(
    'says nothing of a fault that nobody foresaw, which is reported: %j',
    (extensions) => {
      let reported = 0;
      const presented = presentError(
        { message: 'relation "pointers" does not exist', path: ['patient'], ...(extensions && { extensions }) },
        () => {
          reported++;
        },
      );
      expect(presented).toEqual({
        message: expect.stringContaining('Something failed here'),
        path: ['patient'],
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      });
      expect(reported).toBe(1);
    },
  );
});
