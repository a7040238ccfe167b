import { buildSubgraphSchema } from '@apollo/subgraph';
import { contract } from '@caregraph/schema/contract.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import { type GraphQLField, type GraphQLSchema, getNamedType, isObjectType, parse } from 'graphql';
import { checkOf, type RecordCheck } from './check-record.ts';
import { gatherOf } from './gather-directive.ts';
import { select } from './select.ts';
import type { RecordTypes } from './source.ts';

/** The fields of a record that the kit fills in, so that a source does not. */
const FILLED_IN: ReadonlySet<string> = new Set(['custodian', 'answersNow', 'shortcomings']);

const isRecordType = (name: string): name is keyof RecordTypes => Object.hasOwn(select, name);

/**
 * The record type that a field of the patient gathers: that of its own name, or that of the list it is shared as; `null` for
 * a field that gathers nothing.
 *
 * @throws when there is no such type: the field would be `null` for ever, and nobody would know why.
 */
export function recordTypeOf(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): keyof RecordTypes | null {
  const gather = gatherOf(schema, field);
  if (!gather) return null;
  const name = String(gather.sharedAs ?? field.name);
  if (!isRecordType(name)) throw new Error(`${field.name} gathers ${name}, of which no source has records.`);
  return name;
}

/** The contract of a trust as a schema, with its scalars and without resolvers. */
export const contractSchema = (): GraphQLSchema =>
  buildSubgraphSchema([{ typeDefs: parse(contract('trust')), resolvers: { ...scalars } }]);

/** How to check the records of a source against the contract, by record type. */
export function recordChecks(schema: GraphQLSchema): ReadonlyMap<string, RecordCheck> {
  const patient = schema.getType('Patient');
  if (!isObjectType(patient)) throw new Error('The contract has no patient.');
  const checks = new Map<string, RecordCheck>();
  for (const { name, type } of Object.values(patient.getFields())) {
    const record = getNamedType(type);
    if (isRecordType(name) && isObjectType(record)) checks.set(name, checkOf(record, FILLED_IN));
  }
  return checks;
}
