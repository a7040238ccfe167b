import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import { type GraphQLFormattedError, parse } from 'graphql';
import { own } from '../gather/complete.ts';
import { type LookupFetch, readLookups, relyOnKeys, tooManyKeys } from '../gather/lookup.ts';
import { type Clock, halfOf, type Patience } from '../gather/patience.ts';
import type { GatherRules } from '../gather/rules.ts';
import type { Reply, SentRequest } from '../gather/scope.ts';
import type { Replay } from './replay.ts';

/** Posts a GraphQL request to an address. It never rejects: what goes wrong is a fault. */
export type Post = (url: string, request: SentRequest, patience: Patience) => Promise<Reply>;

/** What a request's context must hold for its fetches to be answered. */
export interface SubgraphContext {
  readonly patience: Patience;
  readonly replay: Replay;
}

/** The data source of a subgraph with a server of its own. */
export class Subgraph<Context extends SubgraphContext> implements GraphQLDataSource<Context> {
  readonly #name: string;
  readonly #url: string;
  readonly #post: Post;
  readonly #clock: Clock;
  readonly #rules: GatherRules | null;

  constructor(options: { name: string; url: string; post: Post; clock: Clock; rules: GatherRules | null }) {
    this.#name = options.name;
    this.#url = options.url;
    this.#post = options.post;
    this.#clock = options.clock;
    this.#rules = options.rules;
  }

  async process(options: GraphQLDataSourceProcessOptions<Context>): Promise<GatewayGraphQLResponse> {
    if (!('incomingRequestContext' in options)) throw new Error('A subgraph is asked within a request.');
    const { request, document, context } = options;
    const { query = '', variables = {}, operationName } = request;
    const body = { query, variables, ...(operationName && { operationName }) };
    const lookups = this.#rules && readLookups(this.#rules, document ?? parse(query), variables);
    const fetch = JSON.stringify([this.#name, query, variables]);
    return context.replay.answer(fetch, () =>
      lookups && this.#rules
        ? this.#lookUp(this.#rules, lookups, body, context.patience)
        : this.#ask(body, context.patience),
    );
  }

  /** The index has half of the time, so that the custodians can still be asked when it does not answer. */
  async #lookUp(
    rules: GatherRules,
    lookups: LookupFetch,
    body: SentRequest,
    patience: Patience,
  ): Promise<GatewayGraphQLResponse> {
    const refused = tooManyKeys(lookups);
    if (refused) return refused;
    return relyOnKeys(rules, lookups, await this.#ask(body, halfOf(this.#clock, patience)));
  }

  async #ask(body: SentRequest, patience: Patience): Promise<GatewayGraphQLResponse> {
    const reply = await this.#post(this.#url, body, patience);
    if ('fault' in reply) return this.#failed(reply.fault.kind, reply.fault.reason);
    const response = reply.body;
    if (typeof response !== 'object' || response === null || Array.isArray(response)) {
      return this.#failed('INVALID', NOT_GRAPHQL);
    }
    const data = own(response, 'data');
    const errors = own(response, 'errors');
    const hasErrors = Array.isArray(errors) && errors.length > 0;
    if (isData(data)) return { data, ...(hasErrors && { errors: errors.map(readError) }) };
    return hasErrors ? { data: null, errors: errors.map(readError) } : this.#failed('INVALID', NOT_GRAPHQL);
  }

  #failed(code: string, reason: string): GatewayGraphQLResponse {
    const message = `The subgraph "${this.#name}" did not answer. ${reason}`;
    return { errors: [{ message, extensions: { code, subgraph: this.#name } }] };
  }
}

const NOT_GRAPHQL = 'What it answered was not a GraphQL response.';

const isData = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An error in the form of the specification, whatever a subgraph has sent in its place. */
function readError(error: unknown): GraphQLFormattedError {
  const fields = isData(error) ? error : {};
  const path = own(fields, 'path');
  const extensions = own(fields, 'extensions');
  return {
    message: String(own(fields, 'message') ?? 'The subgraph did not say what was wrong.'),
    ...(Array.isArray(path) && { path: path.filter(isPathPart) }),
    ...(isData(extensions) && { extensions }),
  };
}

const isPathPart = (part: unknown): part is string | number => typeof part === 'string' || typeof part === 'number';
