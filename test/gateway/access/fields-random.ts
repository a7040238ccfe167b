import { ACCESS_SPECIFICATION } from '@caregraph/schema/contract.ts';
import fc from 'fast-check';
import {
  buildASTSchema,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  getOperationAST,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  specifiedRules,
  validate,
} from 'graphql';

/*
 * Random operations and random rules over one schema, with what they come to: told by graphql-js, which executes the whole
 * operation, and by resolvers that throw for each field that the role may not select.
 */

const TYPES: Readonly<Record<string, string>> = {
  Query:
    'a: A  named: Named  node: Node  nodes: [Node]  strict: [Node!]  grid: [[Named]]  u: U  us: [U!]  b: B!  text: String',
  Mutation: 'one: A  two: Node  three: String  four: U',
  A: 'name: String  friend: Node  next: A  text(of: String): String  onlyA: String  us: [U!]  bad: String!',
  B: 'name: String!  friend: B  next: Named  text(of: String): String  size: Int',
  C: 'name: String  friend: Named  onlyC: String  u: U',
  D: 'only: String  a: A  named: [Named!]',
  Node: 'name: String  friend: Named  next: Named  text(of: String): String',
  Named: 'name: String  friend: Named',
};
const IMPLEMENTS: Readonly<Record<string, string>> = {
  A: 'Node & Named',
  B: 'Node & Named',
  C: 'Named',
  Node: 'Named',
};
const INTERFACES = ['Named', 'Node'];
const ROLES = ['ONE', 'TWO'];

/** Who may select a field, and what it requires. */
export interface Rule {
  readonly roles: readonly string[];
  readonly requires: string | null;
}

export type Rules = ReadonlyMap<string, Rule>;

const fieldsOf = (type: string) =>
  (TYPES[type] ?? '').split('  ').map((text) => ({
    text,
    name: /^\w+/.exec(text)?.[0] ?? '',
    type: text.slice(text.lastIndexOf(': ') + 2),
  }));

/** The schema, with what is written behind each field. */
const schemaOf = (behind: (at: string) => string): string =>
  Object.keys(TYPES)
    .map((type) => {
      const head = `${INTERFACES.includes(type) ? 'interface' : 'type'} ${type}`;
      const body = fieldsOf(type).map(({ text, name }) => `${text}${behind(`${type}.${name}`)}`);
      return `${head}${IMPLEMENTS[type] ? ` implements ${IMPLEMENTS[type]}` : ''} { ${body.join(' ')} }`;
    })
    .concat('union U = A | C | D')
    .join('\n');

/** The schema without any rules, as its text. */
export const PLAIN_SDL = schemaOf(() => '');
export const plainSchema = buildASTSchema(parse(PLAIN_SDL));

/** The text of a supergraph with these rules in it. */
export function supergraphWith(rules: Rules): string {
  return `schema @link(url: "${ACCESS_SPECIFICATION}", import: ["@allow"]) { query: Query mutation: Mutation }
    directive @allow(roles: [access__Role!]!) on FIELD_DEFINITION enum access__Role { ${ROLES.join(' ')} }
    directive @link(url: String, import: [String]) on SCHEMA
    directive @join__field(graph: String, requires: String) on FIELD_DEFINITION
    ${schemaOf((at) => {
      const { roles = ROLES, requires = null } = rules.get(at) ?? {};
      const join = requires === null ? '' : ` @join__field(graph: X, requires: ${JSON.stringify(requires)})`;
      return `${roles.length < ROLES.length ? ` @allow(roles: [${roles.join(', ')}])` : ''}${join}`;
    })}`;
}

/** Fields that can be refused: not those that are never null, nor those of an interface that B never has null. */
const refusable = Object.keys(TYPES)
  .flatMap((of) => fieldsOf(of).map((field) => ({ ...field, of })))
  .filter(({ of, name, type }) => !type.endsWith('!') && !(name === 'name' && INTERFACES.includes(of)));
const requiring = refusable.filter(({ of }) => ['A', 'B', 'C', 'D'].includes(of));

export const anyRules: fc.Arbitrary<Rules> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(refusable.length - 1), fc.constantFrom(['TWO'], ['ONE'])), {
      minLength: 3,
      maxLength: 14,
    }),
    fc.array(fc.tuple(fc.nat(requiring.length - 1), fc.nat(20)), { maxLength: 3 }),
  )
  .map(([allows, requires]) => {
    const rules = new Map<string, Rule>();
    for (const [i, roles] of allows) {
      const field = refusable[i];
      if (field) rules.set(`${field.of}.${field.name}`, { roles, requires: null });
    }
    for (const [i, n] of requires) {
      const field = requiring[i];
      const others = fieldsOf(field?.of ?? '').filter(({ name }) => name !== field?.name);
      const other = others[n % others.length];
      if (!field || !other) continue;
      const isLeaf = /^(String|Int)/.test(other.type);
      const below = isLeaf ? '' : ' { __typename ... on A { name text } ... on C { onlyC } }';
      const at = `${field.of}.${field.name}`;
      rules.set(at, { roles: rules.get(at)?.roles ?? ROLES, requires: `${other.name}${below}` });
    }
    return rules;
  });

const possible = (type: GraphQLNamedType | undefined): readonly GraphQLObjectType[] =>
  isAbstractType(type) ? plainSchema.getPossibleTypes(type) : isObjectType(type) ? [type] : [];

/** What role ONE may not select, found by asking of each field, of what it requires, and so on. */
export function deniedTo(rules: Rules): ReadonlySet<string> {
  const isDenied = (type: GraphQLObjectType, name: string, asking: readonly string[]): boolean => {
    const at = `${type.name}.${name}`;
    if (asking.includes(at)) return false;
    for (const each of [type, ...type.getInterfaces()]) {
      const rule = rules.get(`${each.name}.${name}`);
      if (rule && !rule.roles.includes('ONE')) return true;
    }
    const requires = rules.get(at)?.requires;
    const needed = /^\w+/.exec(requires ?? '')?.[0];
    if (!requires || needed === undefined) return false;
    const also = [...asking, at];
    if (isDenied(type, needed, also)) return true;
    if (!requires.includes('{')) return false;
    return possible(getNamedType(type.getFields()[needed]?.type)).some(
      (object) =>
        (object.name === 'A' && (isDenied(object, 'name', also) || isDenied(object, 'text', also))) ||
        (object.name === 'C' && isDenied(object, 'onlyC', also)),
    );
  };
  const denied = new Set<string>();
  for (const type of Object.values(plainSchema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const name of Object.keys(type.getFields())) if (isDenied(type, name, [])) denied.add(`${type.name}.${name}`);
  }
  return denied;
}

/** A number that is always the same for the same text. */
function numberOf(text: string): number {
  let number = 2166136261;
  for (let i = 0; i < text.length; i++) number = Math.imul(number ^ text.charCodeAt(i), 16777619) >>> 0;
  return number >>> 3;
}

/**
 * What stands anywhere is always the same, by the fields that lead there: an object, a list, a text, nothing, or, where there
 * may be faults, a fault.
 */
export const resolver =
  (
    seed: number,
    options: { readonly faults: boolean; readonly onResolved?: (field: string) => void },
  ): GraphQLFieldResolver<unknown, unknown> =>
  (source, args, _context, { parentType, fieldName, returnType }) => {
    options.onResolved?.(`${parentType.name}.${fieldName}`);
    const make = (type: unknown, at: string): unknown => {
      const dice = numberOf(at);
      if (isNonNullType(type)) return options.faults && dice % 23 === 0 ? null : make(type.ofType, `${at}!`);
      if (dice % 11 === 0 && (options.faults || !at.endsWith('!'))) return null;
      if (dice % 19 === 0 && options.faults) return new GraphQLError('broken', { extensions: { code: 'BROKEN' } });
      if (isListType(type)) return Array.from({ length: dice % 4 }, (_, i) => make(type.ofType, `${at}[${i}]`));
      const objects = possible(getNamedType(returnType));
      const object = objects[dice % objects.length];
      if (object) return { __typename: object.name, at };
      return String(returnType).startsWith('Int') ? dice % 10 : `text ${dice % 10}`;
    };
    const from = typeof source === 'object' && source && 'at' in source ? source.at : seed;
    return make(returnType, `${from}.${fieldName}(${args.of})`);
  };

export function run(
  document: DocumentNode,
  variables: Variables,
  fieldResolver: GraphQLFieldResolver<unknown, unknown>,
): ExecutionResult {
  const result = execute({ schema: plainSchema, document, variableValues: variables, fieldResolver });
  if (result instanceof Promise) throw new Error('Nothing here takes time.');
  return result;
}

export type Variables = Readonly<Record<string, unknown>>;

export interface Outcome {
  readonly data: unknown;
  /** Code, path, and of refusals the field: in the order of the alphabet. */
  readonly errors: readonly string[];
}

const codeOf = ({ extensions }: GraphQLError): string => String(extensions.code ?? 'NULL');

export function outcomeOf({ data, errors = [] }: ExecutionResult): Outcome {
  const told = errors.map((error) => {
    const field = codeOf(error) === 'FORBIDDEN' ? ` ${/"[^"]+"/.exec(error.message)?.[0]}` : '';
    return `${codeOf(error)} ${error.path?.join('.')}${field}`;
  });
  return { data, errors: told.sort() };
}

/** What is to be told of an operation: of refused fields without a place in the answer, the field alone. */
export function denying(
  denied: ReadonlySet<string>,
  document: DocumentNode,
  variables: Variables,
  resolve: GraphQLFieldResolver<unknown, unknown>,
): Outcome {
  const { data, errors = [] } = run(document, variables, (source, args, context, info) => {
    const at = `${info.parentType.name}.${info.fieldName}`;
    if (denied.has(at)) throw new GraphQLError(`"${at}"`, { extensions: { code: 'FORBIDDEN' } });
    return resolve(source, args, context, info);
  });
  const placed = errors.filter((error) => codeOf(error) !== 'FORBIDDEN' || hasPlace(data, error.path ?? []));
  const unplaced = [...selectedAnywhere(denied, document, variables)]
    .filter((at) => !placed.some(({ message }) => message === `"${at}"`))
    .map((at) => new GraphQLError(`"${at}"`, { extensions: { code: 'FORBIDDEN' } }));
  return outcomeOf({ ...(data !== undefined && { data }), errors: [...placed, ...unplaced] });
}

function hasPlace(data: unknown, [part, ...rest]: readonly (string | number)[]): boolean {
  if (part === undefined) return true;
  if (data === null || typeof data !== 'object') return false;
  const inner = Object.entries(data).find(([key]) => key === String(part));
  return inner !== undefined && hasPlace(inner[1], rest);
}

/** Every denied field that some object could be asked for, by going every way to every field. */
function selectedAnywhere(denied: ReadonlySet<string>, document: DocumentNode, given: Variables): ReadonlySet<string> {
  const operation = getOperationAST(document);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const variables: Variables = { yes: true, no: false, ...given };
  const isIn = ({ directives = [] }: Pick<FieldNode, 'directives'>): boolean =>
    directives.every(({ name, arguments: args }) => {
      const condition = args?.[0]?.value;
      const value =
        condition?.kind === Kind.VARIABLE
          ? variables[condition.name.value]
          : condition?.kind === Kind.BOOLEAN && condition.value;
      return name.value === 'skip' ? value !== true : value === true;
    });
  const found = new Set<string>();
  const walk = (set: SelectionSetNode, type: GraphQLObjectType): void => {
    for (const node of set.selections.filter(isIn)) {
      if (node.kind === Kind.FIELD) {
        const at = `${type.name}.${node.name.value}`;
        if (denied.has(at)) found.add(at);
        else if (node.selectionSet) {
          for (const each of possible(getNamedType(type.getFields()[node.name.value]?.type)))
            walk(node.selectionSet, each);
        }
      } else {
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
        const condition = fragment?.typeCondition?.name.value;
        if (fragment && (!condition || possible(plainSchema.getType(condition)).includes(type)))
          walk(fragment.selectionSet, type);
      }
    }
  };
  const root = operation && plainSchema.getRootType(operation.operation);
  if (operation && root) walk(operation.selectionSet, root);
  return found;
}

const CONDITIONS = [
  '@skip(if: $yes)',
  '@include(if: $yes)',
  '@skip(if: $no)',
  '@include(if: $no)',
  '@include(if: false)',
];
const LENIENT = specifiedRules.filter(({ name }) => !/NoUnused/.test(name));

/** Whether an operation may be asked at all. */
export const isValid = (document: DocumentNode): boolean => validate(plainSchema, document, LENIENT).length === 0;

/** The text of an operation, as often valid as not; `conditions` of a hundred of its selections are on a condition. */
export const anyOperation = (conditions: number): fc.Arbitrary<string> =>
  fc.gen().map((g) => {
    const pick = <Value>(from: readonly Value[]): Value | undefined => from[g(fc.nat, Math.max(from.length - 1, 0))];
    const chance = (of: number): boolean => g(fc.nat, 99) < of;
    const condition = (): string => (chance(conditions) ? ` ${pick(CONDITIONS)}` : '');
    const overlapping = (type: GraphQLNamedType): readonly GraphQLNamedType[] =>
      Object.values(plainSchema.getTypeMap()).filter(
        (other) => isCompositeType(other) && possible(other).some((each) => possible(type).includes(each)),
      );
    const fragments = ['A', 'Named', 'Node', 'U', 'C', 'B']
      .slice(0, g(fc.nat, 6))
      .map((on, i) => ({ name: `Part${i}`, on }));

    const selection = (type: GraphQLNamedType, depth: number, from: number): string => {
      const parts: string[] = [];
      for (let i = 0; i <= g(fc.nat, 3); i++) {
        const dice = g(fc.nat, 9);
        const fragment = pick(
          fragments.slice(from).filter(({ on }) => overlapping(type).some(({ name }) => name === on)),
        );
        if (dice < 2 && depth > 0) {
          const other = chance(80) ? pick(overlapping(type)) : undefined;
          const on = other ? ` on ${other.name}` : '';
          parts.push(`...${on}${condition()} ${selection(other ?? type, depth - 1, from)}`);
        } else if (dice < 4 && fragment) {
          parts.push(`...${fragment.name}${condition()}`);
        } else if (isObjectType(type) || isInterfaceType(type)) {
          const field = pick(Object.values(type.getFields()));
          if (!field) continue;
          const below = getNamedType(field.type);
          if (isCompositeType(below) && depth === 0) continue;
          const alias = chance(25) ? `${pick(['x', 'y', 'ofType', `${field.name}2`])}: ` : '';
          const args = field.args.length > 0 && chance(50) ? `(of: ${pick(['"z"', '$of'])})` : '';
          const inner = isCompositeType(below) ? ` ${selection(below, depth - 1, from)}` : '';
          parts.push(`${alias}${field.name}${args}${condition()}${inner}`);
        } else if (chance(50)) {
          parts.push('__typename');
        }
      }
      if (parts.length === 0 || chance(5)) parts.push(`${chance(20) ? 'ofType: ' : ''}__typename`);
      return `{ ${parts.join(' ')} }`;
    };

    const select = (type: string, depth: number, from: number): string => {
      const named = plainSchema.getType(type);
      return named ? selection(named, depth, from) : '';
    };
    const kind = chance(15) ? 'mutation' : 'query';
    const operation = select(kind === 'query' ? 'Query' : 'Mutation', 4, 0);
    const texts = fragments.map(({ name, on }, i) => `fragment ${name} on ${on} ${select(on, 2, i + 1)}`);
    return `${kind} Random($yes: Boolean = true, $no: Boolean! = false, $of: String) ${operation} ${texts.join(' ')}`;
  });

export const anyVariables: fc.Arbitrary<Variables> = fc.constantFrom(
  {},
  { yes: false },
  { no: true },
  { yes: false, no: true, of: 'q' },
);
