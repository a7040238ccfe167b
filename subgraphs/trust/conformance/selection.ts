import { type GraphQLOutputType, type GraphQLSchema, getNamedType, isObjectType } from 'graphql';

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

/** The lists of records that a patient has, by name, with the type of each list. */
export function gatheredFields(schema: GraphQLSchema): { readonly name: string; readonly type: GraphQLOutputType }[] {
  const patient = schema.getType('Patient');
  if (!isObjectType(patient)) throw new Error('The contract has no patient.');
  return Object.values(patient.getFields()).filter(({ type }) => isObjectType(getNamedType(type)));
}
