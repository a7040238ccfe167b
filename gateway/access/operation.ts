import { createHash } from 'node:crypto';
import { withhold } from '@caregraph/service/withhold.ts';
import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  print,
  separateOperations,
  TypeInfo,
  type ValueNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { canonical } from '../gather/complete.ts';
import type { GatherRules } from '../gather/rules.ts';

/** An operation as the audit knows it, without a word of what only its caller can have put into it. */
export interface OperationFacts {
  readonly kind: OperationTypeNode;
  /** The name that its application gave it; withheld when it could hold an NHS number. */
  readonly name: string | null;
  /** SHA-256, in hexadecimal digits, of its text without literals and with names that could hold an NHS number withheld. */
  readonly hash: string;
  /** Its root fields, by their names in the schema, each once, in the order of the text. */
  readonly rootFields: readonly string[];
  /** The fields that it selects of gathered entities and that are not gathered lists, such as `pointers`. */
  readonly otherFields: readonly string[];
  /** Whether it selects anything of a gathered entity but what names it. */
  readonly selectsEntities: boolean;
  /** Where it names a gathered entity by its key. */
  readonly keys: readonly KeySite[];
  /** The response keys under which it selects keys of gathered entities from anything else, such as a review. */
  readonly keysSelected: ReadonlySet<string>;
  /** Whether it selects anything of what is about a gathered entity and has its key, such as a review, be it the key or not. */
  readonly isAboutEntities: boolean;
}

/** An argument that holds keys of gathered entities. */
interface KeySite {
  readonly type: GraphQLInputType;
  readonly value: ValueNode;
}

/**
 * Tells what there is to know of the operations of a schema. What is found out about a document is kept as long as the
 * document is.
 */
export class Operations {
  readonly #schema: GraphQLSchema;
  readonly #entities: GatherRules['entities'];
  readonly #keyTypes: ReadonlySet<string>;
  readonly #known = new WeakMap<DocumentNode, Map<OperationDefinitionNode, OperationFacts>>();

  /**
   * @param schema the schema that clients see.
   * @param rules `null` when nothing is gathered in it.
   */
  constructor(schema: GraphQLSchema, rules: GatherRules | null) {
    this.#schema = schema;
    this.#entities = rules?.entities ?? new Map();
    this.#keyTypes = new Set([...this.#entities.values()].map(({ keyType }) => keyType.name));
  }

  facts(document: DocumentNode, operation: OperationDefinitionNode): OperationFacts {
    let known = this.#known.get(document);
    if (!known) {
      known = new Map();
      this.#known.set(document, known);
    }
    let facts = known.get(operation);
    if (!facts) {
      facts = this.#find(document, operation);
      known.set(operation, facts);
    }
    return facts;
  }

  /**
   * The keys of gathered entities that an operation names, in canonical form, each once, in the order of the text: as
   * arguments of whatever field.
   *
   * @param variables the operation's variables, coerced (`getVariableValues`).
   */
  keysNamed({ keys }: OperationFacts, variables: Readonly<Record<string, unknown>>): readonly string[] {
    const found = new Set<string>();
    for (const { type, value } of keys) this.#collect(type, valueFromAST(value, type, variables), found);
    return [...found];
  }

  /** The keys of gathered entities that an answer shows although nobody may have named them, in canonical form. */
  keysShown({ keysSelected }: OperationFacts, data: unknown): readonly string[] {
    const found = new Set<string>();
    const look = (value: unknown): void => {
      if (Array.isArray(value)) for (const item of value) look(item);
      else if (typeof value === 'object' && value !== null) {
        for (const [responseKey, inner] of Object.entries(value)) {
          if (typeof inner === 'object') look(inner);
          else if (keysSelected.has(responseKey)) this.#collectKey(inner, found);
        }
      }
    };
    if (keysSelected.size > 0) look(data);
    return [...found];
  }

  #collectKey(value: unknown, found: Set<string>): void {
    for (const { keyType } of this.#entities.values()) {
      const key = canonical(keyType, value);
      if (key !== null) found.add(String(key));
    }
  }

  #find(document: DocumentNode, operation: OperationDefinitionNode): OperationFacts {
    const own = onlyOf(document, operation);
    const rootFields = new Set<string>();
    const otherFields = new Set<string>();
    const keys: KeySite[] = [];
    const keysSelected = new Set<string>();
    let isAboutEntities = false;
    let selectsEntities = false;
    const root = this.#schema.getRootType(operation.operation);
    const info = new TypeInfo(this.#schema);
    visit(
      own,
      visitWithTypeInfo(info, {
        Field: ({ name, alias }) => {
          const parent = info.getParentType();
          if (parent && parent === root) rootFields.add(name.value);
          const entity = parent && this.#entities.get(parent.name);
          const type = info.getType();
          if (!entity && type && this.#keyTypes.has(getNamedType(type).name)) keysSelected.add((alias ?? name).value);
          if (!entity && isObjectType(parent) && this.#hasKey(parent)) isAboutEntities = true;
          if (!entity || name.value === '__typename' || name.value === entity.key) return;
          selectsEntities = true;
          if (!entity.lists.has(name.value) && !entity.manifest.has(name.value)) otherFields.add(name.value);
        },
        Argument: ({ value }) => {
          const type = info.getInputType();
          if (type && this.#mayHoldKeys(type, new Set())) keys.push({ type, value });
        },
      }),
    );
    return {
      kind: operation.operation,
      name: operation.name ? withhold(operation.name.value) : null,
      hash: createHash('sha256').update(anonymous(own)).digest('hex'),
      rootFields: [...rootFields],
      otherFields: [...otherFields],
      selectsEntities,
      keys,
      keysSelected,
      isAboutEntities,
    };
  }

  #hasKey(type: GraphQLObjectType): boolean {
    return Object.values(type.getFields()).some((field) => this.#keyTypes.has(getNamedType(field.type).name));
  }

  #mayHoldKeys(type: GraphQLInputType, seen: Set<string>): boolean {
    const named = getNamedType(type);
    if (this.#keyTypes.has(named.name)) return true;
    if (!isInputObjectType(named) || seen.has(named.name)) return false;
    seen.add(named.name);
    return Object.values(named.getFields()).some((field) => this.#mayHoldKeys(field.type, seen));
  }

  #collect(type: GraphQLInputType, value: unknown, found: Set<string>): void {
    if (value === null || value === undefined) return;
    if (isNonNullType(type)) this.#collect(type.ofType, value, found);
    else if (isListType(type)) {
      for (const item of Array.isArray(value) ? value : [value]) this.#collect(type.ofType, item, found);
    } else if (isInputObjectType(type)) {
      for (const [name, field] of Object.entries(type.getFields())) {
        this.#collect(field.type, Reflect.get(Object(value), name), found);
      }
    } else if (this.#keyTypes.has(type.name)) this.#collectKey(value, found);
  }
}

/** An operation with the fragments that it spreads, and nothing of what else its document holds. */
const onlyOf = (document: DocumentNode, { name }: OperationDefinitionNode): DocumentNode =>
  separateOperations(document)[name?.value ?? ''] ?? document;

/** The text of one operation with its fragments, in a standard form, without literals. */
function anonymous(own: DocumentNode): string {
  const literal = { kind: Kind.ENUM, value: '_' } as const;
  const without = visit(own, { IntValue: () => literal, FloatValue: () => literal, StringValue: () => literal });
  return withhold(print(without));
}
