import { type GraphQLObjectType, getNamedType, isScalarType } from 'graphql';
import type { CheckedRecord } from './outcome.ts';
import type { ListRule } from './rules.ts';

/** The records of one custodian. */
export interface Part {
  readonly custodian: string;
  readonly records: readonly CheckedRecord[];
}

/** A record and whose it is. */
export interface Gathered {
  readonly custodian: string;
  readonly record: CheckedRecord;
}

/** How two values compare: negative when the first comes before the second. Neither is `null`. */
export type Compare = (one: unknown, other: unknown) => number;

/**
 * Puts the parts of a list together: all their records, ordered as the rule says, the first `limit` of them. The order
 * depends on the records alone, never on which part came first: ties are broken by custodian, then by id.
 */
export function merge(
  rule: ListRule,
  compare: Compare,
  limit: number | null,
  parts: readonly Part[],
): readonly Gathered[] {
  const all = parts.flatMap(({ custodian, records }) => records.map((record) => ({ custodian, record })));
  all.sort(
    (one, other) =>
      byOrder(rule, compare, one.record.order, other.record.order) ||
      byText(one.custodian, other.custodian) ||
      byText(one.record.id, other.record.id),
  );
  return limit === null ? all : all.slice(0, limit);
}

function byOrder({ descending }: ListRule, compare: Compare, one: unknown, other: unknown): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return descending ? compare(other, one) : compare(one, other);
}

/** By code units, so that the order is the same on every machine. */
export function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** How the values of a record's field compare: as their scalar says, or as numbers or texts do. */
export function comparison(record: GraphQLObjectType, field: string): Compare {
  const type = record.getFields()[field]?.type;
  const named = type && getNamedType(type);
  const own: unknown = isScalarType(named) ? named.extensions.compare : undefined;
  if (isCompare(own)) return own;
  return (one, other) =>
    typeof one === 'number' && typeof other === 'number' ? one - other : byText(String(one), String(other));
}

const isCompare = (value: unknown): value is Compare => typeof value === 'function';
