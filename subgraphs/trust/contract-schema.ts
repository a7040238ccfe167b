import { buildSubgraphSchema } from '@apollo/subgraph';
import { contract } from '@caregraph/schema/contract.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import { type GraphQLSchema, getNamedType, isObjectType, parse } from 'graphql';
import { checkOf, type RecordCheck } from './check-record.ts';
import { select } from './select.ts';
import type { RecordTypes } from './source.ts';

/** The fields of a record that the kit fills in, so that a source does not. */
const FILLED_IN: ReadonlySet<string> = new Set(['custodian', 'answersNow', 'shortcomings']);

/** Whether a field of a patient is one that a source has the records of. */
export const isRecordType = (name: string): name is keyof RecordTypes => Object.hasOwn(select, name);

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
