import { buildASTSchema, type GraphQLSchema, isEnumType, isInterfaceType, isObjectType, parse } from 'graphql';

/**
 * What a subgraph's SDL lacks of the contract, a line for each type, field, argument or value that is missing or is of
 * another type. What it has beyond the contract is no fault.
 */
export function missingFrom(sdl: string, contract: GraphQLSchema): string[] {
  const theirs = buildASTSchema(parse(sdl), { assumeValid: true, assumeValidSDL: true });
  return Object.values(contract.getTypeMap())
    .filter(({ name }) => !name.startsWith('_') && name !== 'Query' && !/^(federation|link)__/.test(name))
    .flatMap((type): string[] => {
      const other = theirs.getType(type.name);
      if (!other) return isObjectType(type) || isEnumType(type) ? [`type ${type.name}`] : [];
      if (isEnumType(type)) {
        const values = isEnumType(other) ? new Set(other.getValues().map(({ name }) => name)) : new Set();
        return type.getValues().flatMap(({ name }) => (values.has(name) ? [] : [`${type.name}.${name}`]));
      }
      if (!isObjectType(type)) return [];
      const fields = isObjectType(other) || isInterfaceType(other) ? other.getFields() : {};
      return Object.values(type.getFields()).flatMap((field): string[] => {
        const found = fields[field.name];
        if (!found) return [`${type.name}.${field.name}`];
        if (String(found.type) !== String(field.type)) return [`${type.name}.${field.name}: ${field.type}`];
        return field.args.flatMap((argument) => {
          const same = found.args.some(
            ({ name, type: its }) => name === argument.name && String(its) === String(argument.type),
          );
          return same ? [] : [`${type.name}.${field.name}(${argument.name}: ${argument.type})`];
        });
      });
    });
}
