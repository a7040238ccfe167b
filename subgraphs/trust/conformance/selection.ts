import {
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isObjectType,
} from 'graphql';
import { gatherOf } from '../gather-directive.ts';
import { arrangement } from '../order.ts';

/**
 * A selection set of everything there is under a type of the contract, such as `{ id custodian { odsCode name } … }`;
 * nothing for a scalar. Arguments are left to their defaults.
 */
export function everythingOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return '';
  const fields = Object.values(named.getFields()).map((field) => `${field.name} ${everythingOf(field.type)}`.trim());
  return `{ ${fields.join(' ')} }`;
}

/** The lists of records that a patient has. */
export function gatheredFields(schema: GraphQLSchema): readonly GraphQLField<unknown, unknown>[] {
  const patient = schema.getType('Patient');
  if (!isObjectType(patient)) throw new Error('The contract has no patient.');
  return Object.values(patient.getFields()).filter((field) => gatherOf(schema, field) !== null);
}

/** A list that is shared as another one, and that other one. */
export interface SharedList {
  readonly list: GraphQLField<unknown, unknown>;
  readonly as: GraphQLField<unknown, unknown>;
}

/** The lists of records whose records are those of another list as well. */
export function sharedLists(schema: GraphQLSchema): readonly SharedList[] {
  const lists = gatheredFields(schema);
  return lists.flatMap((list) => {
    const as = lists.find(({ name }) => name === gatherOf(schema, list)?.sharedAs);
    return as ? [{ list, as }] : [];
  });
}

/** A field with arguments that leave out as little as they may: every value of an enum, and the largest number allowed. */
export function widest(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): string {
  const { limit } = arrangement(schema, field);
  const said = field.args.flatMap(({ name, type }) => {
    const named = getNamedType(type);
    if (isEnumType(named)) return [`${name}: [${named.getValues().map((value) => value.name)}]`];
    return name === limit?.argument && Number.isFinite(limit.atMost) ? [`${name}: ${limit.atMost}`] : [];
  });
  return said.length === 0 ? field.name : `${field.name}(${said.join(', ')})`;
}
