import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeNode,
  visit,
} from 'graphql';

/** `@requires` of a selection of fields (Apollo Federation, `FieldSet`). */
export const requires = (fields: string): ConstDirectiveNode => ({
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: 'requires' },
  arguments: [
    {
      kind: Kind.ARGUMENT,
      name: { kind: Kind.NAME, value: 'fields' },
      value: { kind: Kind.STRING, value: fields },
    },
  ],
});

/**
 * Has each field that a subgraph resolves of an entity require everything of that entity that it marks as `@external`. So its
 * schema says once what it reads, and none of its fields can come to read anything else than another.
 */
export function requireExternal(document: DocumentNode): DocumentNode {
  const types = new Map<string, ObjectTypeDefinitionNode>();
  visit(document, { ObjectTypeDefinition: (type) => void types.set(type.name.value, type) });
  return visit(document, {
    ObjectTypeDefinition(type) {
      const external = type.fields?.filter(isExternal) ?? [];
      const key = keyOf(type);
      if (key === null || external.length === 0) return false;
      const required = requires(selectionOf(types, external));
      const resolved = (field: FieldDefinitionNode): boolean => field.name.value !== key && !isExternal(field);
      return {
        ...type,
        fields: type.fields?.map((field) =>
          resolved(field) ? { ...field, directives: [...(field.directives ?? []), required] } : field,
        ),
      };
    },
  });
}

/** Fields, with all that the document's types say of what is below them. */
function selectionOf(
  types: ReadonlyMap<string, ObjectTypeDefinitionNode>,
  fields: readonly FieldDefinitionNode[],
): string {
  return fields
    .map(({ name, type }) => {
      const below = types.get(nameOf(type));
      return below ? `${name.value} { ${selectionOf(types, below.fields ?? [])} }` : name.value;
    })
    .join(' ');
}

const isExternal = ({ directives }: FieldDefinitionNode): boolean =>
  directives?.some(({ name }) => name.value === 'external') ?? false;

/** The key of an entity, which is a single field here; `null` for what is no entity. */
function keyOf({ directives }: ObjectTypeDefinitionNode): string | null {
  const key = directives?.find(({ name }) => name.value === 'key');
  const fields = key?.arguments?.find(({ name }) => name.value === 'fields')?.value;
  return fields?.kind === Kind.STRING ? fields.value : null;
}

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));
