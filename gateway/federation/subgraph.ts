import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import { type DocumentNode, type GraphQLFormattedError, type GraphQLSchema, parse, print } from 'graphql';
import { own } from '../gather/complete.ts';
import { type LookupDocument, readLookups, relyOnKeys, tooManyKeys, withKeys } from '../gather/lookup.ts';
import { type Clock, type Patience, shareOf } from '../gather/patience.ts';
import type { GatherRules } from '../gather/rules.ts';
import type { Reply, SentRequest } from '../gather/scope.ts';
import { type EntityDocument, setAsideOthers, withEntityKeys } from './entity-keys.ts';
import { type Form, fit, formOf, pathInto } from './form.ts';
import type { Replay } from './replay.ts';

/** A subgraph with a server of its own. */
export interface SubgraphAddress {
  readonly name: string;
  readonly url: string;
}

/** Posts a GraphQL request to a subgraph, as whoever asks. It never rejects: what goes wrong is a fault. */
export type Post = (to: SubgraphAddress, request: SentRequest, patience: Patience) => Promise<Reply>;

/** What a request's context must hold for its fetches to be answered. */
export interface SubgraphContext {
  readonly patience: Patience;
  readonly replay: Replay;
  readonly post: Post;
}

/** A fetch of the planner as it is sent, and the form that its answer must have. */
interface Prepared {
  readonly query: string;
  readonly form: Form;
  /** `null` for a fetch that looks up nothing by key. */
  readonly lookup: LookupDocument | null;
  /** `null` for a fetch of no entities. */
  readonly entities: EntityDocument | null;
}

/** The data source of a subgraph with a server of its own. */
export class Subgraph<Context extends SubgraphContext> implements GraphQLDataSource<Context> {
  readonly #name: string;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #schema: GraphQLSchema;
  readonly #rules: GatherRules | null;
  readonly #prepared = new WeakMap<DocumentNode, Prepared>();

  /** @param options.schema the supergraph's types. */
  constructor(options: {
    name: string;
    url: string;
    clock: Clock;
    schema: GraphQLSchema;
    rules: GatherRules | null;
  }) {
    this.#name = options.name;
    this.#url = options.url;
    this.#clock = options.clock;
    this.#schema = options.schema;
    this.#rules = options.rules;
  }

  async process(options: GraphQLDataSourceProcessOptions<Context>): Promise<GatewayGraphQLResponse> {
    if (!('incomingRequestContext' in options)) throw new Error('A subgraph is asked within a request.');
    const { request, context } = options;
    const { variables = {}, operationName } = request;
    const document = options.document ?? parse(request.query ?? '');
    const prepared = this.#prepare(document, variables);
    const { query, lookup } = prepared;
    const lookups = this.#rules && lookup && readLookups(this.#rules, lookup, variables);
    const refused = lookups && tooManyKeys(lookups);
    if (refused) return refused;

    const body = { query, variables, ...(operationName && { operationName }) };
    // The index has half of the time, so that the custodians can still be asked when it does not answer.
    const patience = lookups ? shareOf(this.#clock, context.patience, 0.5) : context.patience;
    const fetch = [this.#name, query, JSON.stringify(variables)].join('\n');
    const reply = await context.replay.reply(fetch, () =>
      context.post({ name: this.#name, url: this.#url }, body, patience),
    );
    const { whole, ...response } = this.#read(prepared, variables, reply);
    if (!whole) context.replay.doubtful = true;
    return lookups ? relyOnKeys(lookups, response) : response;
  }

  #prepare(document: DocumentNode, { representations }: Readonly<Record<string, unknown>>): Prepared {
    let prepared = this.#prepared.get(document);
    if (!prepared) {
      const lookup = this.#rules && withKeys(this.#rules, document);
      const entities = lookup ? null : withEntityKeys(this.#schema, this.#name, document, listOf(representations));
      const asked = (lookup ?? entities)?.document ?? document;
      prepared = { query: print(asked), form: formOf(this.#schema, asked), lookup, entities };
      this.#prepared.set(document, prepared);
    }
    return prepared;
  }

  #read(
    { form, entities }: Prepared,
    { representations }: Readonly<Record<string, unknown>>,
    reply: Reply,
  ): GatewayGraphQLResponse & { readonly whole: boolean } {
    if ('fault' in reply) return this.#failed(reply.fault.kind, reply.fault.reason);
    const { body } = reply;
    const stated = isObject(body) ? own(body, 'errors') : undefined;
    const errors = Array.isArray(stated) ? stated.map((error: unknown) => readError(form, error)) : [];
    const given = isObject(body) ? own(body, 'data') : undefined;
    if (!isObject(given)) {
      return errors.length > 0 ? { data: null, errors, whole: false } : this.#failed('INVALID', NOT_GRAPHQL);
    }
    const fitted = fit(form, given);
    if (!fitted) return this.#failed('INVALID', NOT_THE_SCHEMA);
    const { data, misfits, whole } = fitted;
    if (form.has('_entities') && !isListOf(representations, data._entities)) {
      return errors.length > 0 ? { errors, whole: false } : this.#failed('INVALID', MISNUMBERED);
    }
    const invalid = (message: string, path: readonly (string | number)[]): GraphQLFormattedError => ({
      message: `The subgraph "${this.#name}" ${message}`,
      path,
      extensions: { code: 'INVALID', subgraph: this.#name },
    });
    errors.push(...misfits.map((path) => invalid('answered what is not of the type in the schema.', path)));
    if (entities) {
      const others = setAsideOthers(this.#schema, entities, listOf(representations), listOf(data._entities));
      errors.push(...others.map((i) => invalid('did not answer about the one that was asked for.', ['_entities', i])));
    }
    return { data, ...(errors.length > 0 && { errors }), whole: whole && errors.length === 0 };
  }

  #failed(code: string, reason: string): GatewayGraphQLResponse & { readonly whole: boolean } {
    const message = `The subgraph "${this.#name}" did not answer. ${reason}`;
    return { errors: [{ message, extensions: { code, subgraph: this.#name } }], whole: false };
  }
}

const NOT_GRAPHQL = 'What it answered was not a GraphQL response.';
const NOT_THE_SCHEMA = 'What it answered was not of the types in the schema.';
const MISNUMBERED = 'It did not answer about each entity that it was asked for.';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const isListOf = (asked: unknown, answered: unknown): boolean =>
  Array.isArray(asked) && Array.isArray(answered) && asked.length === answered.length;

/** An error in the form of the specification, whatever a subgraph has sent in its place. */
function readError(form: Form, error: unknown): GraphQLFormattedError {
  const fields = isObject(error) ? error : {};
  const message = own(fields, 'message');
  const stated = own(fields, 'path');
  const path = Array.isArray(stated) ? pathInto(form, stated) : [];
  const extensions = own(fields, 'extensions');
  return {
    message: typeof message === 'string' ? message : 'The subgraph did not say what was wrong.',
    ...(path.length > 0 && { path }),
    ...(isObject(extensions) && { extensions }),
  };
}
