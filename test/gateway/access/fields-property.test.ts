import { tellRefused } from '@caregraph/gateway/access/field-answer.ts';
import { type FieldRules, readFieldRules } from '@caregraph/gateway/access/field-rules.ts';
import { refuseFields } from '@caregraph/gateway/access/fields.ts';
import { ACCESS_SPECIFICATION } from '@caregraph/schema/contract.ts';
import fc from 'fast-check';
import {
  buildASTSchema,
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
  isNonNullType,
  isObjectType,
  Kind,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  print,
  type SelectionSetNode,
  specifiedRules,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';

/*
 * Random operations under random rules. What is told must be what an executor tells that knows nothing of any of this: it
 * executes the whole operation, and throws in the resolver of each field that the role may not select.
 */

const TYPES = {
  Query:
    'a: A  named: Named  node: Node  nodes: [Node]  strict: [Node!]  grid: [[Named]]  u: U  us: [U!]  b: B!  text: String',
  Mutation: 'one: A  two: Node  three: String  four: U',
  A: 'name: String  friend: Node  next: A  text(of: String): String  onlyA: String  us: [U!]  bad: String!',
  B: 'name: String!  friend: B  next: Named  text(of: String): String  size: Int',
  C: 'name: String  friend: Named  onlyC: String  u: U',
  D: 'only: String  a: A  named: [Named!]',
  Node: 'name: String  friend: Named  next: Named  text(of: String): String',
  Named: 'name: String  friend: Named',
} as const;
const IMPLEMENTS: Readonly<Record<string, string>> = {
  A: 'Node & Named',
  B: 'Node & Named',
  C: 'Named',
  Node: 'Named',
};
const ABSTRACT = ['Named', 'Node', 'U'];
const ROLES = ['ONE', 'TWO'];

interface Rule {
  readonly roles: readonly string[];
  readonly requires: string | null;
}

type Rules = ReadonlyMap<string, Rule>;

const fieldsOf = (type: string): readonly { readonly name: string; readonly type: string }[] =>
  (Object.entries(TYPES).find(([name]) => name === type)?.[1] ?? '')
    .split('  ')
    .filter(Boolean)
    .map((field) => ({ name: /^\w+/.exec(field)?.[0] ?? '', type: field.slice(field.lastIndexOf(': ') + 2) }));

const everyField = Object.keys(TYPES).flatMap((type) => fieldsOf(type).map((field) => ({ ...field, of: type })));
const restrictable = everyField.filter(
  ({ of, name, type }) => !type.endsWith('!') && !(name === 'name' && (of === 'Named' || of === 'Node')),
);
/** What may require another field of its own type: anything of an object that a subgraph may be asked for. */
const requiring = restrictable.filter(({ of }) => ['A', 'B', 'C', 'D'].includes(of));

const anyRules: fc.Arbitrary<Rules> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(restrictable.length - 1), fc.constantFrom(['TWO'], ['ONE'], ['ONE', 'TWO'])), {
      minLength: 3,
      maxLength: 14,
    }),
    fc.array(fc.tuple(fc.nat(requiring.length - 1), fc.nat(20)), { maxLength: 3 }),
  )
  .map(([allows, requires]) => {
    const rules = new Map<string, Rule>();
    for (const [i, roles] of allows) {
      const field = restrictable[i];
      if (field) rules.set(`${field.of}.${field.name}`, { roles, requires: null });
    }
    for (const [i, n] of requires) {
      const field = requiring[i];
      const others = fieldsOf(field?.of ?? '').filter(({ name }) => name !== field?.name);
      const other = others[n % others.length];
      if (!field || !other) continue;
      const below = ['String', 'Int', 'String!'].includes(other.type)
        ? ''
        : ' { __typename ... on A { name text } ... on C { onlyC } }';
      const at = `${field.of}.${field.name}`;
      rules.set(at, { roles: rules.get(at)?.roles ?? ROLES, requires: `${other.name}${below}` });
    }
    return rules;
  });

/** The schema, with what is written behind each field. */
const schemaOf = (behind: (at: string) => string): string =>
  Object.entries(TYPES)
    .map(([type, fields]) => {
      const head = `${ABSTRACT.includes(type) ? 'interface' : 'type'} ${type}`;
      const body = fields.split('  ').map((field) => `${field}${behind(`${type}.${/^\w+/.exec(field)?.[0]}`)}`);
      return `${head}${IMPLEMENTS[type] ? ` implements ${IMPLEMENTS[type]}` : ''} { ${body.join(' ')} }`;
    })
    .concat('union U = A | C | D')
    .join('\n');

/** The text of a supergraph with these rules in it. */
function supergraph(rules: Rules): string {
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

/** The simple reading: what role ONE may not select, found by asking of each field again and again. */
function deniedTo(rules: Rules): ReadonlySet<string> {
  const schema = plainSchema;
  const denied = new Set<string>();
  const isDenied = (type: GraphQLObjectType, name: string, asking: readonly string[]): boolean => {
    const at = `${type.name}.${name}`;
    if (asking.includes(at)) return false;
    for (const each of [type, ...type.getInterfaces()]) {
      const rule = rules.get(`${each.name}.${name}`);
      if (rule && !rule.roles.includes('ONE')) return true;
    }
    const requires = rules.get(at)?.requires;
    if (!requires) return false;
    const needed = /^\w+/.exec(requires)?.[0] ?? '';
    if (isDenied(type, needed, [...asking, at])) return true;
    if (!requires.includes('{')) return false;
    const below = getNamedType(type.getFields()[needed]?.type);
    const may = (object: string) =>
      schema.getType(object) === below || possible(below).some((each) => each.name === object);
    const objectType = (object: string) => schema.getType(object) as GraphQLObjectType;
    return (
      ['name', 'text'].some((field) => may('A') && isDenied(objectType('A'), field, [...asking, at])) ||
      (may('C') && isDenied(objectType('C'), 'onlyC', [...asking, at]))
    );
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const name of Object.keys(type.getFields())) if (isDenied(type, name, [])) denied.add(`${type.name}.${name}`);
  }
  return denied;
}

const plainSchema = buildASTSchema(parse(schemaOf(() => '')));
const possible = (type: GraphQLNamedType | undefined): readonly GraphQLObjectType[] =>
  isAbstractType(type) ? plainSchema.getPossibleTypes(type) : isObjectType(type) ? [type] : [];

/** A number that is always the same for the same text. */
function numberOf(text: string): number {
  let number = 2166136261;
  for (let i = 0; i < text.length; i++) number = Math.imul(number ^ text.charCodeAt(i), 16777619) >>> 0;
  return number >>> 3;
}

/** Whatever stands at a path is always the same: an object, a list, a text, nothing, or a fault. */
const resolver =
  (seed: number, resolved: string[]): GraphQLFieldResolver<unknown, unknown> =>
  (_source, _args, _context, { path, parentType, fieldName, returnType }) => {
    resolved.push(`${parentType.name}.${fieldName}`);
    let where = `${seed}`;
    for (let at: typeof path | undefined = path; at; at = at.prev) where += `.${at.key}`;
    const make = (type: unknown, at: string): unknown => {
      const dice = numberOf(at);
      if (isNonNullType(type)) return dice % 23 === 0 ? null : make(type.ofType, `${at}!`);
      if (dice % 11 === 0) return null;
      if (dice % 19 === 0) return new GraphQLError('broken', { extensions: { code: 'BROKEN' } });
      if (type && typeof type === 'object' && 'ofType' in type) {
        return Array.from({ length: dice % 4 }, (_, i) => make(type.ofType, `${at}[${i}]`));
      }
      const objects = possible(getNamedType(returnType));
      const object = objects[dice % objects.length];
      return object
        ? { __typename: object.name }
        : String(returnType).startsWith('Int')
          ? dice % 10
          : `text ${dice % 10}`;
    };
    return make(returnType, where);
  };

interface Outcome {
  readonly data: unknown;
  readonly errors: readonly string[];
  readonly resolved: readonly string[];
}

const codeOf = ({ extensions }: GraphQLError): string => String(extensions.code ?? 'NULL');

/** The slow and simple executor. */
function denying(
  denied: ReadonlySet<string>,
  document: ReturnType<typeof parse>,
  variables: Record<string, unknown>,
  seed: number,
): Outcome {
  const resolve = resolver(seed, []);
  const result = execute({
    schema: plainSchema,
    document,
    variableValues: variables,
    fieldResolver: (source, args, context, info) => {
      const at = `${info.parentType.name}.${info.fieldName}`;
      if (denied.has(at)) throw new GraphQLError(`"${at}"`, { extensions: { code: 'FORBIDDEN' } });
      return resolve(source, args, context, info);
    },
  });
  if (result instanceof Promise) throw new Error('Nothing here takes time.');
  const errors: string[] = [];
  const placed = new Set<string>();
  for (const error of result.errors ?? []) {
    const code = codeOf(error);
    if (code !== 'FORBIDDEN') errors.push(`${code} ${error.path?.join('.')}`);
    else if (hasPlace(result.data, error.path ?? [])) {
      placed.add(error.message);
      errors.push(`${code} ${error.path?.join('.')} ${error.message}`);
    }
  }
  for (const at of selectedAnywhere(denied, document, variables)) {
    if (!placed.has(`"${at}"`)) errors.push(`FORBIDDEN undefined "${at}"`);
  }
  return { data: result.data, errors: errors.sort(), resolved: [] };
}

function hasPlace(data: unknown, [part, ...rest]: readonly (string | number)[]): boolean {
  if (part === undefined) return true;
  if (data === null || typeof data !== 'object') return false;
  const inner = Object.entries(data).find(([key]) => key === String(part));
  return inner !== undefined && hasPlace(inner[1], rest);
}

/** Every denied field that some object could be asked for, by writing out every way to every field. */
function selectedAnywhere(
  denied: ReadonlySet<string>,
  document: ReturnType<typeof parse>,
  given: Record<string, unknown>,
): ReadonlySet<string> {
  const operation = getOperationAST(document);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const variables: Record<string, unknown> = { yes: true, no: false, ...given };
  const found = new Set<string>();
  const isIn = (node: FieldNode | { readonly directives?: FieldNode['directives'] }): boolean =>
    (node.directives ?? []).every(({ name, arguments: args }) => {
      const condition = args?.[0]?.value;
      const value =
        condition?.kind === Kind.VARIABLE
          ? variables[condition.name.value]
          : condition?.kind === Kind.BOOLEAN && condition.value;
      return name.value === 'skip' ? value !== true : value === true;
    });
  const walk = (set: SelectionSetNode, type: GraphQLObjectType): void => {
    for (const node of set.selections) {
      if (!isIn(node)) continue;
      if (node.kind === Kind.FIELD) {
        const at = `${type.name}.${node.name.value}`;
        if (denied.has(at)) found.add(at);
        else if (node.selectionSet)
          for (const each of possible(getNamedType(type.getFields()[node.name.value]?.type)))
            walk(node.selectionSet, each);
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

/** What is built here: refused, the rest executed, and told of. */
function refusing(
  rules: FieldRules,
  document: ReturnType<typeof parse>,
  variables: Record<string, unknown>,
  seed: number,
): Outcome {
  const operation = getOperationAST(document);
  if (!operation) throw new Error('There is one operation.');
  const resolved: string[] = [];
  const fieldResolver = resolver(seed, resolved);
  const run = (remaining: ReturnType<typeof parse>) => {
    const result = execute({ schema: plainSchema, document: remaining, variableValues: variables, fieldResolver });
    if (result instanceof Promise) throw new Error('Nothing here takes time.');
    return result;
  };
  const refused = refuseFields(rules, { schema: plainSchema, document, operation }, 'one');
  if (refused?.remaining) {
    expect(validate(plainSchema, parse(print(refused.remaining.document)), KEPT_RULES)).toEqual([]);
  }
  const result = refused
    ? tellRefused(refused.remaining && run(refused.remaining.document), refused, variables)
    : run(document);
  const errors = (result.errors ?? []).map((error) => {
    const of = codeOf(error) === 'FORBIDDEN' ? ` ${/"[^"]+"/.exec(error.message)?.[0]}` : '';
    return `${codeOf(error)} ${error.path?.join('.')}${of}`;
  });
  return { data: result.data, errors: errors.sort(), resolved };
}

/** Variables may be left over; a field that is never null in one type may be named beside its like in another. */
const KEPT_RULES = specifiedRules.filter(
  (rule) => rule !== NoUnusedVariablesRule && rule !== OverlappingFieldsCanBeMergedRule,
);

/** A random operation, most of them valid. */
const anyDocument = fc.gen().map((g) => {
  const pick = <Value>(from: readonly Value[]): Value | undefined => from[g(fc.nat, Math.max(from.length - 1, 0))];
  const chance = (of: number): boolean => g(fc.nat, 99) < of;
  const conditions = [
    '@skip(if: $yes)',
    '@include(if: $yes)',
    '@skip(if: $no)',
    '@include(if: $no)',
    '@include(if: false)',
  ];
  const condition = (): string => (chance(12) ? ` ${pick(conditions)}` : '');
  const overlapping = (type: GraphQLNamedType): readonly GraphQLNamedType[] =>
    Object.values(plainSchema.getTypeMap()).filter(
      (other) =>
        isCompositeType(other) &&
        !other.name.startsWith('__') &&
        possible(other).some((each) => possible(type).includes(each)),
    );
  const fragments: { readonly name: string; readonly on: string; text: string }[] = [
    'A',
    'Named',
    'Node',
    'U',
    'C',
    'B',
  ]
    .slice(0, g(fc.nat, 6))
    .map((on, i) => ({ name: `F${i}`, on, text: '' }));

  const selection = (type: GraphQLNamedType, depth: number, from: number): string => {
    const parts: string[] = [];
    for (let i = 0; i <= g(fc.nat, 3); i++) {
      const dice = g(fc.nat, 9);
      const spread = fragments.slice(from).filter(({ on }) => overlapping(type).some(({ name }) => name === on));
      const fragment = pick(spread);
      if (dice < 2 && depth > 0) {
        const other = chance(80) ? (pick(overlapping(type)) ?? null) : null;
        const on = other ? ` on ${other.name}` : '';
        parts.push(`...${on}${condition()} ${selection(other ?? type, depth - 1, from)}`);
      } else if (dice < 4 && fragment) parts.push(`...${fragment.name}${condition()}`);
      else if (isObjectType(type) || isInterfaceType(type)) {
        const field = pick(Object.values(type.getFields()));
        if (!field) continue;
        const below = getNamedType(field.type);
        if (isCompositeType(below) && depth === 0) continue;
        const alias = chance(25) ? `${pick(['x', 'y', 'ofType', `${field.name}2`])}: ` : '';
        const args = field.args.length > 0 && chance(50) ? `(of: ${pick(['"z"', '$of'])})` : '';
        parts.push(
          `${alias}${field.name}${args}${condition()}${isCompositeType(below) ? ` ${selection(below, depth - 1, from)}` : ''}`,
        );
      } else if (chance(50)) parts.push('__typename');
    }
    if (parts.length === 0 || chance(5)) parts.push(`${chance(20) ? 'ofType: ' : ''}__typename`);
    return `{ ${parts.join(' ')} }`;
  };

  const isMutation = chance(15);
  const root = plainSchema.getType(isMutation ? 'Mutation' : 'Query');
  if (!root) throw new Error('There is a root.');
  const text = selection(root, 4, 0);
  fragments.forEach((fragment, i) => {
    const on = plainSchema.getType(fragment.on);
    if (on) fragment.text = `fragment ${fragment.name} on ${fragment.on} ${selection(on, 2, i + 1)}`;
  });
  return `${isMutation ? 'mutation' : 'query'}($yes: Boolean = true, $no: Boolean! = false, $of: String) ${text}\n${fragments.map((f) => f.text).join('\n')}`;
});

const RUNS = Number(process.env.SOAK ?? 600);
const LENIENT = specifiedRules.filter(({ name }) => !/NoUnused/.test(name));

describe('under any rules, and for any operation', () => {
  test('what is told is what an executor would tell that denies each field as it comes to it', () => {
    const rulesOf = new Map<string, FieldRules | null>();
    let compared = 0;
    let refusals = 0;
    fc.assert(
      fc.property(
        anyRules,
        anyDocument,
        fc.nat(1000),
        fc.constantFrom({}, { yes: false }, { no: true }, { yes: false, no: true, of: 'q' }),
        (rules, source, seed, variables) => {
          const document = parse(source);
          fc.pre(validate(plainSchema, document, LENIENT).length === 0);
          const sdl = supergraph(rules);
          if (!rulesOf.has(sdl)) rulesOf.set(sdl, readFieldRules(sdl));
          const read = rulesOf.get(sdl);
          if (!read) throw new Error('There are rules.');
          const denied = deniedTo(rules);
          const expected = denying(denied, document, variables, seed);
          const told = refusing(read, document, variables, seed);
          expect(told.errors).toEqual(expected.errors);
          expect(JSON.stringify(told.data)).toBe(JSON.stringify(expected.data));
          expect(told.resolved.filter((at) => denied.has(at))).toEqual([]);
          compared++;
          if (expected.errors.some((error) => error.startsWith('FORBIDDEN'))) refusals++;
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(compared).toBeGreaterThanOrEqual(RUNS);
    expect(refusals / compared).toBeGreaterThan(0.3);
  });
});
