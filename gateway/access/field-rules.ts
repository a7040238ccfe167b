import {
  buildASTSchema,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { objectTypes } from './field-selection.ts';

/** What callers in one role may not select: what they are told of it, by object type and field. */
export type Refusals = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What a supergraph says about who may select its fields. */
export interface FieldRules {
  /** Every role that the supergraph knows, as the gateway writes it: in lower case, with hyphens. */
  readonly roles: ReadonlySet<string>;
  /**
   * What callers in a role may not select, be it that the field says so, an interface's field of that name, or something
   * that the field requires. A role that the supergraph does not know may select nothing about which it says anything. Roles
   * that are refused the same get the same object.
   */
  readonly refusedTo: (role: string) => Refusals;
}

/**
 * Reads the rules of a supergraph's core schema document: `@allow(roles:)`, of the specification linked as
 * `https://caregraph.example/access/v1.0`.
 *
 * @returns `null` when the supergraph links no such specification.
 * @throws when the directive is used in a way that cannot be carried out, saying everywhere where it is, and why.
 */
export function readFieldRules(supergraphSdl: string): FieldRules | null {
  const document = parse(supergraphSdl, { noLocation: true });
  const directive = linkedDirective(document);
  if (directive === null) return null;
  const schema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  const mistakes: string[] = [];
  const roles = rolesOf(schema, directive);
  const declared = readDeclared(schema, directive, roles, mistakes);
  const allowed = withRequired(schema, roles, declared);
  mistakes.push(...uncarriable(schema, declared, allowed));
  if (mistakes.length > 0) throw new Error(mistakes.join(' '));
  return rulesOf(roles, allowed);
}

const SPECIFICATION = 'https://caregraph.example/access/';
const VERSION = /^v1\.\d+$/;

/** The name under which the supergraph has the directive; `null` when it does not link the specification. */
function linkedDirective(document: DocumentNode): string | null {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const link of definition.directives ?? []) {
      const url = link.name.value === 'link' ? textOf(argumentOf(link, 'url')) : undefined;
      if (!url?.startsWith(SPECIFICATION)) continue;
      if (!VERSION.test(url.slice(SPECIFICATION.length))) {
        throw new Error(`It links ${url}, of which only the versions v1.x are known here.`);
      }
      const imported = listOf(argumentOf(link, 'import'))
        .map((entry) => [textOf(entry) ?? textOf(entryOf(entry, 'name')), textOf(entryOf(entry, 'as'))])
        .find(([name]) => name === '@allow');
      if (imported) return (imported[1] ?? '@allow').slice(1);
      return `${textOf(argumentOf(link, 'as')) ?? 'access'}__allow`;
    }
  }
  return null;
}

/** The names of the roles, as the schema writes them. */
function rolesOf(schema: GraphQLSchema, directive: string): readonly string[] {
  const argument = schema.getDirective(directive)?.args.find(({ name }) => name === 'roles');
  const type = argument && getNamedType(argument.type);
  if (!isEnumType(type)) throw new Error(`It does not define @${directive}(roles:) over an enum of roles.`);
  return type.getValues().map(({ name }) => name);
}

/** A field of an object type, such as `Patient.alerts`. */
type Coordinate = string;

const at = (type: { readonly name: string }, field: { readonly name: string }): Coordinate =>
  `${type.name}.${field.name}`;

/** Who may select what, for whatever the schema says something of. */
type Allowed = ReadonlyMap<Coordinate, ReadonlySet<string>>;

function* objectFields(schema: GraphQLSchema): Iterable<readonly [GraphQLObjectType, GraphQLField<unknown, unknown>]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) yield [type, field];
  }
}

/** Where something may stand that is said of an object's field: there, and where an interface has it. */
function* definitionsOf(
  type: GraphQLObjectType,
  name: string,
): Iterable<readonly [GraphQLNamedType, readonly ConstDirectiveNode[]]> {
  for (const each of [type, ...type.getInterfaces()]) {
    const directives = each.getFields()[name]?.astNode?.directives;
    if (directives) yield [each, directives];
  }
}

function readDeclared(
  schema: GraphQLSchema,
  directive: string,
  roles: readonly string[],
  mistakes: string[],
): Map<Coordinate, ReadonlySet<string>> {
  const declared = new Map<Coordinate, ReadonlySet<string>>();
  const wrong = new Set<string>();
  for (const [type, field] of objectFields(schema)) {
    for (const [definedBy, directives] of definitionsOf(type, field.name)) {
      for (const applied of directives.filter(({ name }) => name.value === directive)) {
        const where = `@${directive} on ${at(definedBy, field)}`;
        const named = listOf(argumentOf(applied, 'roles')).map((value) => textOf(value) ?? '');
        const unknown = named.filter((role) => !roles.includes(role));
        if (unknown.length > 0)
          wrong.add(`${where}: there is no role ${unknown.join(', ')}, only ${roles.join(', ')}.`);
        if (named.length === 0) wrong.add(`${where}: it names no role; what nobody may select is @inaccessible.`);
        declared.set(at(type, field), intersection(declared.get(at(type, field)), named));
      }
    }
  }
  mistakes.push(...wrong);
  return declared;
}

function intersection(some: ReadonlySet<string> | undefined, others: Iterable<string>): ReadonlySet<string> {
  return new Set([...others].filter((each) => some?.has(each) ?? true));
}

/** What was declared, and what follows from it for fields that require others, however many steps away. */
function withRequired(schema: GraphQLSchema, roles: readonly string[], declared: Allowed): Allowed {
  const allowed = new Map(declared);
  const required = new Map<Coordinate, ReadonlySet<Coordinate>>();
  for (const [type, field] of objectFields(schema)) {
    const needs = requiredBy(schema, type, field.name);
    if (needs.size > 0) required.set(at(type, field), needs);
  }
  for (let settled = false; !settled; ) {
    settled = true;
    for (const [field, needs] of required) {
      const before = allowed.get(field) ?? new Set(roles);
      let now = before;
      for (const need of needs) now = intersection(now, allowed.get(need) ?? roles);
      if (now.size === before.size) continue;
      allowed.set(field, now);
      settled = false;
    }
  }
  return allowed;
}

/** What a subgraph is handed when it resolves a field: `@requires`, and `@fromContext` of its arguments. */
function requiredBy(schema: GraphQLSchema, type: GraphQLObjectType, field: string): ReadonlySet<Coordinate> {
  const needs = new Set<Coordinate>();
  for (const [definedBy, directives] of definitionsOf(type, field)) {
    for (const join of directives.filter(({ name }) => name.value === 'join__field')) {
      const requires = textOf(argumentOf(join, 'requires'));
      // An object that stands for an interface does not know which types it is handed: what it requires of one, it requires.
      if (requires !== undefined) addSelected(schema, objectTypes(schema, definedBy), selectionOf(requires), needs);
      for (const argument of listOf(argumentOf(join, 'contextArguments'))) {
        const selection = selectionOf(textOf(entryOf(argument, 'selection')) ?? '');
        addSelected(schema, typesInContext(schema, textOf(entryOf(argument, 'context'))), selection, needs);
      }
    }
  }
  return needs;
}

/** The types from which a subgraph takes a context (`@context`). */
function typesInContext(schema: GraphQLSchema, context: string | undefined): readonly GraphQLObjectType[] {
  return Object.values(schema.getTypeMap())
    .filter(({ astNode }) =>
      astNode?.directives?.some(
        (directive) => directive.name.value === 'context' && textOf(argumentOf(directive, 'name')) === context,
      ),
    )
    .flatMap((type) => objectTypes(schema, type));
}

/** Reads a `FieldSet` or `ContextFieldValue` of Apollo Federation: selections, with or without braces around them. */
function selectionOf(text: string): SelectionSetNode {
  const [operation] = parse(text.trim().startsWith('{') ? text : `{ ${text} }`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('A set of fields is a selection.');
  return operation.selectionSet;
}

/** Adds every field that a selection reaches, of each object type that may turn up there. */
function addSelected(
  schema: GraphQLSchema,
  types: readonly GraphQLObjectType[],
  set: SelectionSetNode,
  selected: Set<Coordinate>,
): void {
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) {
      for (const type of types) {
        const field = type.getFields()[node.name.value];
        if (!field) continue;
        selected.add(at(type, field));
        if (!node.selectionSet) continue;
        addSelected(schema, objectTypes(schema, getNamedType(field.type)), node.selectionSet, selected);
      }
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      const condition = node.typeCondition && schema.getType(node.typeCondition.name.value);
      const those = condition ? objectTypes(schema, condition) : types;
      addSelected(
        schema,
        types.filter((type) => those.includes(type)),
        node.selectionSet,
        selected,
      );
    }
  }
}

/** Why rules cannot be carried out: one sentence for each. */
function* uncarriable(schema: GraphQLSchema, declared: Allowed, allowed: Allowed): Iterable<string> {
  const keys = keyFields(schema);
  for (const [type, field] of objectFields(schema)) {
    const where = at(type, field);
    if (!allowed.has(where)) continue;
    const what = declared.has(where)
      ? `@allow on ${where}: the field`
      : `${where} requires what not every role may select: it`;
    if (isNonNullType(field.type)) yield `${what} must be nullable, so that a refusal costs nothing but this field.`;
    if (keys.has(where)) yield `${what} must not be part of a @key, which the gateway itself selects to find its way.`;
  }
}

function keyFields(schema: GraphQLSchema): ReadonlySet<Coordinate> {
  const keys = new Set<Coordinate>();
  for (const type of Object.values(schema.getTypeMap())) {
    for (const join of type.astNode?.directives ?? []) {
      const key = join.name.value === 'join__type' ? textOf(argumentOf(join, 'key')) : undefined;
      if (key !== undefined) addSelected(schema, objectTypes(schema, type), selectionOf(key), keys);
    }
  }
  return keys;
}

function rulesOf(roles: readonly string[], allowed: Allowed): FieldRules {
  const known = new Map<string, Refusals>();
  const without = (role: string | null): Refusals => {
    const fields = [...allowed].filter(([, those]) => role === null || !those.has(role));
    const id = fields.map(([coordinate]) => coordinate).join(' ');
    const refusals = known.get(id) ?? refusalsOf(fields);
    known.set(id, refusals);
    return refusals;
  };
  const byRole = new Map(roles.map((role) => [asWritten(role), without(role)]));
  const all = without(null);
  return { roles: new Set(byRole.keys()), refusedTo: (role) => byRole.get(role) ?? all };
}

/** The gateway writes roles like other names in its configuration, the schema like other enum values. */
const asWritten = (role: string): string => role.toLowerCase().replaceAll('_', '-');

function refusalsOf(fields: readonly (readonly [Coordinate, ReadonlySet<string>])[]): Refusals {
  const refusals = new Map<string, Map<string, string>>();
  for (const [coordinate, roles] of fields) {
    const [type = '', field = ''] = coordinate.split('.');
    const ofType = refusals.get(type) ?? new Map<string, string>();
    refusals.set(type, ofType.set(field, messageOf(coordinate, [...roles].map(asWritten))));
  }
  return refusals;
}

function messageOf(coordinate: Coordinate, roles: readonly string[]): string {
  const [only, another] = roles;
  if (only === undefined) return `No role may select "${coordinate}".`;
  if (another === undefined) return `Only the role ${only} may select "${coordinate}".`;
  return `Only these roles may select "${coordinate}": ${roles.join(', ')}.`;
}

function argumentOf(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((argument) => argument.name.value === name)?.value;
}

function entryOf(value: ConstValueNode, name: string): ConstValueNode | undefined {
  return value.kind === Kind.OBJECT ? value.fields.find((field) => field.name.value === name)?.value : undefined;
}

/** The values of a list; a value that is no list is one of its own (GraphQL specification, input coercion of lists). */
function listOf(value: ConstValueNode | undefined): readonly ConstValueNode[] {
  if (!value || value.kind === Kind.NULL) return [];
  return value.kind === Kind.LIST ? value.values : [value];
}

function textOf(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}
