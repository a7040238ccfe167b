import { type GraphQLField, type GraphQLSchema, getNamedType, isObjectType, isScalarType } from 'graphql';
import { gatherOf } from './gather-directive.ts';

/** How the contract wants a gathered list: the `@gather` of its field. */
export interface Arrangement {
  readonly compare: (one: object, other: object) => number;
  /** The argument that says how many records are wanted, and the most it may say; `null` where there is none. */
  readonly limit: { readonly argument: string; readonly atMost: number } | null;
}

type Value = string | number;
type CompareValues = (one: Value, other: Value) => number;

const ascending: CompareValues = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

/**
 * The order that the contract promises of a field: by `orderBy`, in its direction, with `null` last, and ties broken by id.
 *
 * @throws when the field has no `@gather`, or one that does not fit its records.
 */
export function arrangement(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): Arrangement {
  const record = getNamedType(field.type);
  const { orderBy, direction, limit, atMost } = gatherOf(schema, field) ?? {};
  const ordered = isObjectType(record) && typeof orderBy === 'string' ? record.getFields()[orderBy] : undefined;
  if (typeof orderBy !== 'string' || !ordered)
    throw new Error(`${field.name} has no @gather that names a field of its records.`);
  const byValue = comparisonOf(ordered.type);
  const sign = direction === 'DESC' ? -1 : 1;
  return {
    limit:
      typeof limit === 'string'
        ? { argument: limit, atMost: typeof atMost === 'number' ? atMost : Number.POSITIVE_INFINITY }
        : null,
    compare(one, other) {
      const [left, right] = [read(one, orderBy), read(other, orderBy)];
      if (left === null || right === null) {
        if (left !== right) return left === null ? 1 : -1;
      } else {
        const order = sign * byValue(left, right);
        if (order !== 0) return order;
      }
      return ascending(read(one, 'id') ?? '', read(other, 'id') ?? '');
    },
  };
}

/** A scalar of the schema says in its extensions how its values compare. */
function comparisonOf(type: GraphQLField<unknown, unknown>['type']): CompareValues {
  const named = getNamedType(type);
  const compare = isScalarType(named) ? named.extensions.compare : undefined;
  return typeof compare === 'function' ? (one, other) => compare(one, other) : ascending;
}

function read(record: object, field: string): Value | null {
  const value: unknown = Object.hasOwn(record, field) ? Reflect.get(record, field) : null;
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
