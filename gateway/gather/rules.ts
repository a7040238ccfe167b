import {
  buildASTSchema,
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLField,
  GraphQLInt,
  type GraphQLLeafType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isObjectType,
  isScalarType,
  Kind,
  parse,
} from 'graphql';

/** How the records of one gathered list are put together. */
export interface ListRule {
  readonly field: string;
  /** The field of a record by which the list is ordered. */
  readonly orderBy: string;
  readonly descending: boolean;
  /** The argument that says how many records are wanted. */
  readonly limit: string | null;
  /** The most records that may be wanted. */
  readonly atMost: number | null;
  /** Whether clients may know of the field. A list that they may not know of is there for a subgraph that requires it. */
  readonly visible: boolean;
  /** The list that says who is shown these records: this one, or the visible one whose records they are as well. */
  readonly sharedAs: string;
}

const MANIFESTS = ['SOURCES', 'COMPLETENESS', 'REQUIRED_SOURCES', 'LOCATED'] as const;
const STAMPS = ['CUSTODIAN', 'QUALIFIED_ID'] as const;

/** What the gateway tells of its own asking. */
export type Manifest = (typeof MANIFESTS)[number];

/** What the gateway fills in. */
export type Stamp = (typeof STAMPS)[number];

/** An entity that many custodians serve together. */
export interface EntityRule {
  readonly type: string;
  /** The one field of its key. */
  readonly key: string;
  readonly keyType: GraphQLLeafType;
  /** The field that says which custodians to ask. */
  readonly routing: string;
  /** The type of a custodian's code. */
  readonly codeType: GraphQLLeafType;
  readonly lists: ReadonlyMap<string, ListRule>;
  readonly manifest: ReadonlyMap<string, Manifest>;
  /** The gathered lists that a field of another subgraph requires (`@requires`), by that field. */
  readonly required: ReadonlyMap<string, readonly string[]>;
}

/** A root field that finds entities by key alone. */
export interface LookupRule {
  readonly field: string;
  readonly entity: EntityRule;
  /** The argument that holds the key, or the list of keys. */
  readonly argument: string;
  readonly many: boolean;
  /** The longest list of keys that one call may name. */
  readonly atMost: number | null;
  /** How the list is to be ordered, by argument and the argument's value. */
  readonly sorts: ReadonlyMap<string, ReadonlyMap<string, SortRule>>;
}

/** By which field of its entities a list is ordered. */
export interface SortRule {
  readonly by: string;
  readonly descending: boolean;
}

/** What a supergraph says about gathering. */
export interface GatherRules {
  /** The supergraph's types, with all that clients do not see. */
  readonly schema: GraphQLSchema;
  /** The subgraphs that many custodians serve together, by name. */
  readonly subgraphs: ReadonlySet<string>;
  readonly entities: ReadonlyMap<string, EntityRule>;
  /** What is stamped, by type and field. */
  readonly stamps: ReadonlyMap<string, ReadonlyMap<string, Stamp>>;
  /** Root fields that find a gathered entity, by name. */
  readonly lookups: ReadonlyMap<string, LookupRule>;
}

const SPECIFICATION = 'https://caregraph.example/gather/v1';

/**
 * Reads the rules of gathering from a supergraph's core schema document.
 *
 * @param scalars how the supergraph's own scalars check and compare their values; used only where it gathers, since a
 *   name such as `Date` means something else in somebody else's supergraph.
 * @returns `null` when nothing is gathered in it.
 * @throws when the directives are used in a way that cannot be carried out, saying which and why.
 */
export function readGatherRules(
  supergraphSdl: string,
  scalars: Readonly<Record<string, GraphQLScalarType>>,
): GatherRules | null {
  const document = parse(supergraphSdl, { noLocation: true });
  if (!linksSpecification(document)) return null;
  const schema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  giveBehaviour(schema, scalars);

  const stamps = new Map<string, ReadonlyMap<string, Stamp>>();
  const entities = new Map<string, EntityRule>();
  const subgraphs = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    const fields = stampedFields(schema, type);
    if (fields.size > 0) stamps.set(type.name, fields);
  }
  for (const type of Object.values(schema.getTypeMap())) {
    const entity = readEntity(schema, type, stamps);
    if (!entity) continue;
    entities.set(entity.rule.type, entity.rule);
    subgraphs.add(entity.subgraph);
  }
  return { schema, subgraphs, entities, stamps, lookups: readLookups(schema, entities) };
}

/**
 * Lets the scalars of a schema that was built from text check their values. The types are changed in place, since every
 * field of the schema already points at them.
 */
export function giveBehaviour(schema: GraphQLSchema, scalars: Readonly<Record<string, GraphQLScalarType>>): void {
  for (const [name, { parseValue, parseLiteral, serialize, extensions }] of Object.entries(scalars)) {
    const type = schema.getType(name);
    if (isScalarType(type)) Object.assign(type, { parseValue, parseLiteral, serialize, extensions });
  }
}

function linksSpecification(document: DocumentNode): boolean {
  return document.definitions.some(
    (definition) =>
      (definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION) &&
      definition.directives?.some(
        (directive) => directive.name.value === 'link' && stringArgument(directive, 'url')?.startsWith(SPECIFICATION),
      ),
  );
}

function readEntity(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  stamps: ReadonlyMap<string, ReadonlyMap<string, Stamp>>,
): { rule: EntityRule; subgraph: string } | null {
  const gathered = applied(schema, type.astNode, 'gathered');
  if (!gathered || !isObjectType(type)) return null;
  const lists = new Map<string, ListRule>();
  const manifest = new Map<string, Manifest>();
  const graphs = new Set<string>();
  for (const field of Object.values(type.getFields())) {
    const gather = applied(schema, field.astNode, 'gather');
    const told = applied(schema, field.astNode, 'manifest');
    if (!gather && !told) continue;
    for (const directive of field.astNode?.directives ?? []) {
      // Where it is external, it is required, and resolved elsewhere.
      const isResolved = directive.name.value === 'join__field' && argumentText(directive, 'external') !== 'true';
      if (isResolved) graphs.add(argumentText(directive, 'graph') ?? '');
    }
    if (told) manifest.set(field.name, oneOf(MANIFESTS, told.of));
    if (!gather) continue;
    const where = `${type.name}.${field.name}`;
    const record = getNamedType(field.type);
    const orderBy = String(gather.orderBy);
    if (!isObjectType(record)) throw new Error(`@gather on ${where}: its records must be of one object type.`);
    if (!record.getFields()[orderBy]) throw new Error(`@gather on ${where}: ${record.name} has no field "${orderBy}".`);
    if (!qualifiedId(stamps, record.name)) {
      throw new Error(`@gather on ${where}: ${record.name} has no field marked @stamp(with: QUALIFIED_ID).`);
    }
    lists.set(field.name, {
      field: field.name,
      orderBy,
      descending: gather.direction === 'DESC',
      limit: typeof gather.limit === 'string' ? gather.limit : null,
      atMost: typeof gather.atMost === 'number' ? gather.atMost : null,
      visible: !applied(schema, field.astNode, 'inaccessible'),
      sharedAs: typeof gather.sharedAs === 'string' ? gather.sharedAs : field.name,
    });
  }
  for (const { field, sharedAs, visible } of lists.values()) {
    const where = `@gather on ${type.name}.${field}`;
    if (!lists.get(sharedAs)?.visible && sharedAs !== field) {
      throw new Error(`${where}: "${sharedAs}", as which it is shared, is no gathered list that clients may know of.`);
    }
    if (visible && sharedAs !== field) throw new Error(`${where}: only an @inaccessible list is shared as another.`);
  }
  const [graph, another] = [...graphs];
  if (!graph || another !== undefined) {
    throw new Error(`@gathered on ${type.name}: its @gather and @manifest fields must stand in one subgraph.`);
  }
  const key = type.astNode?.directives
    ?.filter(({ name }) => name.value === 'join__type')
    .find((directive) => argumentText(directive, 'graph') === graph);
  const keyField = (key && stringArgument(key, 'key')) ?? '';
  const keyType = getNullableType(type.getFields()[keyField]?.type);
  if (!isLeafType(keyType))
    throw new Error(`@gathered on ${type.name}: its @key must be a single field, of a leaf type.`);
  const routing = String(gathered.by);
  const codes = getNullableType(type.getFields()[routing]?.type);
  const codeType = isListType(codes) ? getNullableType(codes.ofType) : undefined;
  if (!isLeafType(codeType)) throw new Error(`@gathered on ${type.name}: "${routing}" must be a list of codes.`);
  return {
    rule: {
      type: type.name,
      key: keyField,
      keyType,
      routing,
      codeType,
      lists,
      manifest,
      required: requiredLists(type, lists),
    },
    subgraph: subgraphName(schema, graph),
  };
}

/** Which of some lists the fields of a type require. */
function requiredLists(
  type: GraphQLObjectType,
  lists: ReadonlyMap<string, ListRule>,
): ReadonlyMap<string, readonly string[]> {
  const required = new Map<string, readonly string[]>();
  for (const field of Object.values(type.getFields())) {
    const named = (field.astNode?.directives ?? []).flatMap((directive) =>
      directive.name.value === 'join__field' ? fieldsOf(stringArgument(directive, 'requires') ?? '') : [],
    );
    const gathered = named.filter((name) => lists.has(name));
    if (gathered.length > 0) required.set(field.name, gathered);
  }
  return required;
}

/** The fields that a `FieldSet` names (Apollo Federation), without what is below them. */
function fieldsOf(fieldSet: string): readonly string[] {
  if (fieldSet === '') return [];
  const [operation] = parse(`{ ${fieldSet} }`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return [];
  return operation.selectionSet.selections.flatMap((node) => (node.kind === Kind.FIELD ? node.name.value : []));
}

function readLookups(schema: GraphQLSchema, entities: ReadonlyMap<string, EntityRule>): Map<string, LookupRule> {
  const lookups = new Map<string, LookupRule>();
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const lookup = applied(schema, field.astNode, 'lookup');
    const entity = entities.get(getNamedType(field.type).name);
    if (!lookup || !entity) continue;
    const argument = field.args.find((arg) => applied(schema, arg.astNode, 'is')?.field === entity.key);
    if (!argument)
      throw new Error(`@lookup on Query.${field.name}: no argument is marked @is(field: "${entity.key}").`);
    lookups.set(field.name, {
      field: field.name,
      entity,
      argument: argument.name,
      many: String(argument.type).startsWith('['),
      atMost: typeof lookup.atMost === 'number' ? lookup.atMost : null,
      sorts: readSorts(schema, field, entity),
    });
  }
  return lookups;
}

/** The arguments of a lookup that say in which order its list is wanted, with what each of their values says. */
function readSorts(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  entity: EntityRule,
): Map<string, ReadonlyMap<string, SortRule>> {
  const type = schema.getType(entity.type);
  const sorts = new Map<string, ReadonlyMap<string, SortRule>>();
  for (const { name, type: named } of field.args) {
    const order = getNamedType(named);
    if (!isEnumType(order)) continue;
    const values = order.getValues().flatMap((value): [string, SortRule][] => {
      const sort = applied(schema, value.astNode, 'sort');
      if (!sort) return [];
      const by = String(sort.by);
      if (!isObjectType(type) || getNamedType(type.getFields()[by]?.type) !== GraphQLInt)
        throw new Error(`@sort on ${order.name}.${value.name}: ${entity.type}.${by} is no whole number.`);
      return [[value.name, { by, descending: sort.direction === 'DESC' }]];
    });
    if (values.length > 0) sorts.set(name, new Map(values));
  }
  return sorts;
}

function stampedFields(schema: GraphQLSchema, type: GraphQLNamedType): Map<string, Stamp> {
  const fields = new Map<string, Stamp>();
  if (!isObjectType(type)) return fields;
  for (const field of Object.values(type.getFields())) {
    const stamp = applied(schema, field.astNode, 'stamp');
    if (stamp) fields.set(field.name, oneOf(STAMPS, stamp.with));
  }
  return fields;
}

/** The field of a record type that holds the custodian's own id. */
export function qualifiedId(stamps: ReadonlyMap<string, ReadonlyMap<string, Stamp>>, type: string): string | undefined {
  for (const [field, stamp] of stamps.get(type) ?? []) if (stamp === 'QUALIFIED_ID') return field;
  return undefined;
}

function oneOf<Known extends string>(known: readonly Known[], value: unknown): Known {
  const found = known.find((each) => each === value);
  if (!found)
    throw new Error(`A directive of gathering says ${String(value)}, where it must say one of ${known.join(', ')}.`);
  return found;
}

function applied(
  schema: GraphQLSchema,
  node: Parameters<typeof getDirectiveValues>[1] | null | undefined,
  name: string,
): Record<string, unknown> | undefined {
  const directive = schema.getDirective(name);
  return directive && node ? getDirectiveValues(directive, node) : undefined;
}

function subgraphName(schema: GraphQLSchema, graph: string): string {
  const type = schema.getType('join__Graph');
  const node = type?.astNode?.kind === Kind.ENUM_TYPE_DEFINITION ? type.astNode : undefined;
  const value = node?.values?.find(({ name }) => name.value === graph);
  const join = value?.directives?.find(({ name }) => name.value === 'join__graph');
  const name = join && stringArgument(join, 'name');
  if (!name) throw new Error(`The supergraph does not say which subgraph ${graph} is.`);
  return name;
}

function stringArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function argumentText(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.BOOLEAN) return String(value.value);
  return value?.kind === Kind.ENUM || value?.kind === Kind.STRING ? value.value : undefined;
}
