import { type GraphQLField, type GraphQLSchema, getDirectiveValues } from 'graphql';

/** The `@gather` of a field, as the contract has it; `null` where there is none. */
export function gatherOf(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
): Readonly<Record<string, unknown>> | null {
  const directive = schema.getDirective('gather');
  return (directive && field.astNode && getDirectiveValues(directive, field.astNode)) ?? null;
}
