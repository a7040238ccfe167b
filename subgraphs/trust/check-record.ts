import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql';

/**
 * What is wrong with a record, such as `telecoms[].system: none of the values of TelecomSystem`; `null` when it fits.
 * Never holds a value, so that it may stand in a log, and be counted.
 */
export type RecordCheck = (record: unknown) => string | null;

/** The first thing found wrong, and where. */
interface Problem {
  readonly path: string;
  readonly what: string;
}

type Check = (value: unknown) => Problem | null;

/**
 * A check of records against a type of the contract: required fields, scalars, values of enums, lists, nesting. It is
 * stricter than GraphQL's own serialisation, which turns a number into a string and never sees a misspelt key of a nested
 * value. A key that may be null may be missing.
 *
 * @param omit fields of the type that the record does not have, because somebody else fills them in.
 */
export function checkOf(type: GraphQLObjectType, omit: ReadonlySet<string>): RecordCheck {
  const check = fieldsOf(type, omit, new Map());
  return (record) => {
    const problem = check(record);
    return problem && `${problem.path || 'record'}: ${problem.what}`;
  };
}

/** The checks of nested types, by name: several fields share one. */
type Known = Map<string, Check>;

function fieldsOf(type: GraphQLObjectType, omit: ReadonlySet<string>, known: Known): Check {
  const fields = Object.values(type.getFields())
    .filter(({ name }) => !omit.has(name))
    .map(({ name, type: fieldType }) => ({ name, check: checkOfType(fieldType, known) }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('not an object');
    for (const { name, check } of fields) {
      const problem = check(Object.hasOwn(value, name) ? Reflect.get(value, name) : null);
      if (problem) return { path: within(name, problem.path), what: problem.what };
    }
    return null;
  };
}

function nested(type: GraphQLObjectType, known: Known): Check {
  const earlier = known.get(type.name);
  if (earlier) return earlier;
  const names = new Set(Object.keys(type.getFields()));
  const fields = fieldsOf(type, new Set(), known);
  const check: Check = (value) => {
    const problem = fields(value);
    if (problem || typeof value !== 'object' || value === null) return problem;
    // A key that nobody knows may be a misspelt one. It is not told: it may be made of data.
    return Object.keys(value).every((key) => names.has(key)) ? null : wrong('a key that the contract does not have');
  };
  known.set(type.name, check);
  return check;
}

function checkOfType(type: GraphQLOutputType, known: Known): Check {
  const required = isNonNullType(type);
  const check = checkOfPresent(required ? type.ofType : type, known);
  return (value) => {
    if (value === null || value === undefined) return required ? wrong('missing') : null;
    return check(value);
  };
}

function checkOfPresent(type: GraphQLOutputType, known: Known): Check {
  if (isListType(type)) return listOf(checkOfType(type.ofType, known));
  if (isObjectType(type)) return nested(type, known);
  if (isEnumType(type)) {
    const none = wrong(`none of the values of ${type.name}`);
    return (value) => (typeof value === 'string' && type.getValue(value) ? null : none);
  }
  if (!isScalarType(type)) throw new Error(`Values of ${type} cannot be checked.`);
  switch (type.name) {
    case 'String':
      return (value) => (typeof value === 'string' ? null : wrong('not text'));
    case 'ID':
      return (value) => (typeof value !== 'string' ? wrong('not text') : value === '' ? wrong('empty') : null);
    case 'Boolean':
      return (value) => (typeof value === 'boolean' ? null : wrong('neither true nor false'));
    case 'Int':
      return (value) =>
        Number.isInteger(value) && Number(value) === (Number(value) | 0)
          ? null
          : wrong('not a whole number of 32 bits');
    default:
      return (value) => {
        try {
          type.serialize(value);
          return null;
        } catch {
          return wrong(`not a ${type.name}`);
        }
      };
  }
}

function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return wrong('not a list');
    for (const item of value) {
      const problem = check(item);
      if (problem) return { path: within('[]', problem.path), what: problem.what };
    }
    return null;
  };
}

const wrong = (what: string): Problem => ({ path: '', what });

const within = (outer: string, inner: string): string =>
  inner === '' || inner.startsWith('[') ? `${outer}${inner}` : `${outer}.${inner}`;
