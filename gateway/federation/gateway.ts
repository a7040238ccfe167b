import './no-telemetry.ts';
import { ApolloGateway, type GraphQLDataSource, type GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type {
  GatewayExecutionResult,
  GatewayExecutor,
  GatewayGraphQLRequestContext,
  GatewayInterface,
  GatewayLoadResult,
} from '@apollo/server-gateway-interface';
import { refuse } from '@caregraph/service/errors.ts';
import type { Logger } from '@caregraph/service/log.ts';
import { buildASTSchema, GraphQLError, type GraphQLScalarType, getVariableValues, parse } from 'graphql';
import { type Custodians, Gather, type GatherContext } from '../gather/gather.ts';
import type { Clock } from '../gather/patience.ts';
import { type GatherRules, giveBehaviour } from '../gather/rules.ts';
import { inOrder, type Sort, sortsOf } from '../gather/sort.ts';
import { Aliases } from './aliases.ts';
import { AnonymousCache } from './anonymous-cache.ts';
import { Subgraph, type SubgraphContext } from './subgraph.ts';

/** What a request's context must hold for it to be planned and executed here. */
export type FederationContext = SubgraphContext & GatherContext;

export interface FederationOptions {
  readonly supergraphSdl: string;
  /** `null` for a supergraph in which nothing is gathered. */
  readonly rules: GatherRules | null;
  readonly custodians: Custodians;
  /** Addresses of subgraphs, by name, that stand in place of those in the supergraph. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly scalars: Readonly<Record<string, GraphQLScalarType>>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Apollo Gateway, with a data source of our own for each subgraph, and with what it passes over put right afterwards:
 * a manifest that was told before everything was known, and errors of non-null fields.
 */
export class FederationGateway implements GatewayInterface {
  readonly #gateway: ApolloGateway;
  readonly #rules: GatherRules | null;
  readonly #gather: Gather<FederationContext> | null;
  readonly #aliases: Aliases;
  readonly #addressed: readonly string[];
  readonly #subgraphs = new Set<string>();
  readonly #log: Logger;

  constructor(options: FederationOptions) {
    const { supergraphSdl, rules, custodians, addresses, scalars, clock, log } = options;
    const schema = rules?.schema ?? buildASTSchema(parse(supergraphSdl), { assumeValid: true, assumeValidSDL: true });
    this.#addressed = Object.keys(addresses);
    this.#log = log;
    this.#rules = rules;
    this.#aliases = new Aliases(schema);
    this.#gather = rules && new Gather<FederationContext>(rules, custodians);
    this.#gateway = new ApolloGateway({
      supergraphSdl,
      logger: log,
      queryPlannerConfig: { exposeDocumentNodeInFetchNode: true, cache: new AnonymousCache() },
      buildService: ({ name, url }) => {
        this.#subgraphs.add(name);
        if (this.#gather && rules?.subgraphs.has(name)) return new WithheldErrors(this.#gather);
        const address = addresses[name] ?? url;
        if (!address) throw new Error(`The supergraph has no address for its subgraph "${name}".`);
        return new WithheldErrors(new Subgraph<FederationContext>({ name, url: address, clock, schema, rules }));
      },
    });
    if (rules) this.#gateway.onSchemaLoadOrUpdate(({ apiSchema }) => giveBehaviour(apiSchema, scalars));
  }

  onSchemaLoadOrUpdate: GatewayInterface['onSchemaLoadOrUpdate'] = (callback) =>
    this.#gateway.onSchemaLoadOrUpdate(callback);

  /** @throws when the supergraph cannot be served, or an address is given for a subgraph that it does not have. */
  async load(options: Parameters<GatewayInterface['load']>[0]): Promise<GatewayLoadResult> {
    const { executor } = await this.#gateway.load(options);
    const unknown = this.#addressed.find((name) => !this.#subgraphs.has(name));
    if (unknown !== undefined) {
      throw new Error(`It has no subgraph "${unknown}", only ${[...this.#subgraphs].sort().join(', ')}.`);
    }
    return { executor: (request) => this.#execute(executor, request) };
  }

  async stop(): Promise<void> {
    await this.#gateway.stop();
  }

  async #execute(execute: GatewayExecutor, request: GatewayGraphQLRequestContext): Promise<GatewayExecutionResult> {
    const sorts = this.#sorts(request);
    const refused = refusalOf(request) ?? (this.#gather && nameTaken(request)) ?? cannotBeSorted(sorts);
    if (refused) return { errors: [refused] };
    return inOrder(await this.#aliases.apart(request, (apart) => this.#answer(execute, apart)), sorts);
  }

  /** The lists that are wanted in an order that is known at the end. */
  #sorts({ document, operation, schema, request: { variables } }: GatewayGraphQLRequestContext): readonly Sort[] {
    if (!this.#rules || !operation) return [];
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
    // What is wrong with a variable is told when the operation is executed.
    return coerced ? sortsOf(this.#rules, document, operation, coerced) : [];
  }

  async #answer(execute: GatewayExecutor, request: GatewayGraphQLRequestContext): Promise<GatewayExecutionResult> {
    const context: FederationContext = contextOf(request);
    const { gather: scope, replay } = context;
    let result: GatewayExecutionResult;
    try {
      result = await execute(request);
    } catch (error) {
      // Before anybody is asked there is nothing but the planner that can fail, and it does with some valid operations.
      if (replay.begun) throw error;
      this.#log.warn({ err: error }, 'an operation could not be planned');
      return { errors: [CANNOT_BE_PLANNED] };
    }
    if (scope && this.#gather) {
      await this.#gather.probe(scope);
      if (scope.outdated) {
        replay.again({ withErrors: true });
        result = await execute(request);
      }
    }
    if (!result.errors || !replay.doubtful) return withNullErrors(result, result.extensions);
    replay.again({ withErrors: false });
    return withNullErrors(result, (await execute(request)).extensions);
  }
}

/** The refusal of what Apollo Gateway would throw an error at that looks like a fault of ours; `null` for the rest. */
function refusalOf({ operation, schema }: GatewayGraphQLRequestContext): GraphQLError | null {
  if (!operation) return refuse('OPERATION_RESOLUTION_FAILURE', 'Name, in "operationName", an operation of the query.');
  if (!schema.getRootType(operation.operation)) {
    return refuse('GRAPHQL_VALIDATION_FAILED', `There are no operations of the kind "${operation.operation}" here.`);
  }
  return null;
}

const CANNOT_BE_PLANNED = refuse(
  'CANNOT_BE_PLANNED',
  'This operation cannot be planned. Write it in another way: with variables in place of values, and with fewer fragments.',
  { http: { status: 400 } },
);

/** What a list is to be ordered by must be asked for with each of its entities. */
function cannotBeSorted(sorts: readonly Sort[]): GraphQLError | null {
  const unasked = sorts.find(({ key }) => key === null);
  if (!unasked) return null;
  const { list, rule } = unasked;
  return refuse('INVALID_PARAMETER', `Ask for "${rule.by}" of each of "${list}", since they are to be ordered by it.`);
}

/** Apollo Gateway calls its own variable so, and fails where both meet: in the arguments of any gathered field. */
function nameTaken({ operation }: GatewayGraphQLRequestContext): GraphQLError | null {
  return operation?.variableDefinitions?.some(({ variable }) => variable.name.value === 'representations')
    ? refuse('GRAPHQL_VALIDATION_FAILED', 'Call the variable "$representations" something else: the name is taken.')
    : null;
}

/**
 * Moves the errors of non-null fields, which Apollo Gateway hides in `extensions.valueCompletion`, to where the
 * specification wants them (GraphQL specification, Handling Execution Errors).
 */
function withNullErrors(
  { data, errors = [], extensions }: GatewayExecutionResult,
  found: GatewayExecutionResult['extensions'],
): GatewayExecutionResult {
  const { valueCompletion: _, ...others } = extensions ?? {};
  const completion: readonly unknown[] = Array.isArray(found?.valueCompletion) ? found.valueCompletion : [];
  const more = completion
    .filter((error): error is GraphQLError => error instanceof GraphQLError)
    .filter(({ path = [] }) => !errors.some(({ path: at }) => at && isAtOrBelow(path, at)))
    .map(({ message, path }) => new GraphQLError(message, { path, extensions: { code: 'INVALID' } }));
  const all = [...errors, ...more];
  return {
    ...(data !== undefined && { data }),
    ...(all.length > 0 && { errors: all }),
    ...(Object.keys(others).length > 0 && { extensions: others }),
  };
}

type Path = readonly (string | number)[];

const isAtOrBelow = (path: Path, other: Path): boolean =>
  path.length <= other.length && path.every((part, i) => part === other[i]);

/** Answers as another data source does, and holds its errors back while a request is gone through for that. */
class WithheldErrors implements GraphQLDataSource<FederationContext> {
  readonly #source: GraphQLDataSource<FederationContext>;

  constructor(source: GraphQLDataSource<FederationContext>) {
    this.#source = source;
  }

  async process(options: GraphQLDataSourceProcessOptions<FederationContext>): ReturnType<GraphQLDataSource['process']> {
    if ('incomingRequestContext' in options) options.context.replay.begun = true;
    const response = await this.#source.process(options);
    if (!('incomingRequestContext' in options) || !options.context.replay.withholdsErrors) return response;
    const { errors: _, ...rest } = response;
    return rest;
  }
}

function contextOf(request: GatewayGraphQLRequestContext): FederationContext {
  const { gather, patience, replay, post } = request.context;
  return { gather, patience, replay, post };
}
