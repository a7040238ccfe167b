import type { GatewayExecutionResult, GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { free } from '../gather/unit.ts';

/** A document in which no alias is called like a field. */
interface Renamed {
  readonly document: DocumentNode;
  /** Its operations, by those of the document that was asked. */
  readonly operations: ReadonlyMap<OperationDefinitionNode, OperationDefinitionNode>;
  /** The aliases as they were asked, by what they are called in their place. */
  readonly asked: ReadonlyMap<string, string>;
}

/**
 * Keeps aliases apart from the fields that the planner adds. It adds keys, and what a subgraph requires (Apollo Federation,
 * `@key` and `@requires`), under the names of the fields: where an alias has one of these names, it takes the one field for the
 * other, and gives the caller, or the subgraph, the wrong value (`{ attention pointers { id: created } }`). So an operation is
 * planned with such aliases renamed, and its answer gets them back.
 */
export class Aliases {
  readonly #fields: ReadonlySet<string>;
  readonly #known = new WeakMap<DocumentNode, Renamed | null>();

  /** @param schema the supergraph's types, with those fields that clients do not see. */
  constructor(schema: GraphQLSchema) {
    this.#fields = new Set(
      Object.values(schema.getTypeMap()).flatMap((type) =>
        isObjectType(type) || isInterfaceType(type) ? Object.keys(type.getFields()) : [],
      ),
    );
  }

  /** Has a request executed without any alias that is called like a field, and answers it as it was asked. */
  async apart(
    request: GatewayGraphQLRequestContext,
    execute: (request: GatewayGraphQLRequestContext) => Promise<GatewayExecutionResult>,
  ): Promise<GatewayExecutionResult> {
    const { document, operation } = request;
    let renamed = this.#known.get(document);
    if (renamed === undefined) {
      renamed = rename(document, this.#fields);
      this.#known.set(document, renamed);
    }
    const renamedOperation = operation && renamed?.operations.get(operation);
    if (!renamed || !renamedOperation) return execute(request);
    const answer = await execute({ ...request, document: renamed.document, operation: renamedOperation });
    return asAsked(answer, renamed.asked);
  }
}

/** @returns `null` when there is no such alias. */
function rename(document: DocumentNode, fields: ReadonlySet<string>): Renamed | null {
  const taken = new Set(fields);
  const toRename = new Set<string>();
  visit(document, {
    Field({ alias, name }) {
      taken.add((alias ?? name).value);
      if (alias && alias.value !== name.value && fields.has(alias.value)) toRename.add(alias.value);
    },
  });
  if (toRename.size === 0) return null;
  const names = new Map<string, string>();
  for (const alias of toRename) {
    const name = free(`${alias}_asked`, taken);
    taken.add(name);
    names.set(alias, name);
  }
  const renamed: DocumentNode = visit(document, {
    Field(node) {
      const { alias, name } = node;
      const value = alias && alias.value !== name.value ? names.get(alias.value) : undefined;
      return value === undefined ? undefined : { ...node, alias: { kind: Kind.NAME, value } };
    },
  });
  const operations = new Map<OperationDefinitionNode, OperationDefinitionNode>();
  document.definitions.forEach((definition, i) => {
    const inItsPlace = renamed.definitions[i];
    if (definition.kind !== Kind.OPERATION_DEFINITION || inItsPlace?.kind !== Kind.OPERATION_DEFINITION) return;
    operations.set(definition, inItsPlace);
  });
  return { document: renamed, operations, asked: new Map([...names].map(([alias, name]) => [name, alias])) };
}

function asAsked(answer: GatewayExecutionResult, asked: Renamed['asked']): GatewayExecutionResult {
  const { data, errors } = answer;
  return {
    ...answer,
    ...(data && { data: fieldsAsAsked(data, asked) }),
    ...(errors && { errors: errors.map((error) => errorAsAsked(error, asked)) }),
  };
}

const valueAsAsked = (value: unknown, asked: Renamed['asked']): unknown => {
  if (Array.isArray(value)) return value.map((item: unknown) => valueAsAsked(item, asked));
  return typeof value === 'object' && value !== null ? fieldsAsAsked(value, asked) : value;
};

const fieldsAsAsked = (fields: object, asked: Renamed['asked']): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [asked.get(key) ?? key, valueAsAsked(value, asked)]));

function errorAsAsked(error: GraphQLError, asked: Renamed['asked']): GraphQLError {
  if (!error.path?.some((part) => typeof part === 'string' && asked.has(part))) return error;
  const path = error.path.map((part) => (typeof part === 'string' ? (asked.get(part) ?? part) : part));
  return new GraphQLError(error.message, { path, extensions: error.extensions });
}
