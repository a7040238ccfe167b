import { parseNHSNumber } from '@caregraph/schema/scalars.ts';
import { refuse } from '@caregraph/service/errors.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { OnwardCaller } from '@caregraph/service/onward.ts';
import { type WallClock, wallClock } from '@caregraph/service/uk-time.ts';
import {
  type GraphQLArgument,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
} from 'graphql';
import { argumentsOf } from './arguments.ts';
import { contractSchema, recordChecks, recordTypeOf } from './contract-schema.ts';
import { createLoad, type Load } from './load.ts';
import { answersNow } from './opening-hours.ts';
import { type Arrangement, arrangement } from './order.ts';
import type { Contact, Demographics, NHSNumber, ODSCode } from './records.ts';
import { select } from './select.ts';
import { shortcomings } from './shortcomings.ts';
import type { RecordTypes, TrustSource } from './source.ts';
import { watchUnmapped } from './watch-unmapped.ts';

/** The trust that a subgraph speaks for. */
export interface Organisation {
  readonly odsCode: ODSCode;
  readonly name: string;
}

export interface TrustSubgraphOptions {
  readonly organisation: Organisation;
  readonly source: TrustSource;
  /** Gets the source's faults, in the source's words. No caller sees them. */
  readonly log: Logger;
  /** What time it is, for `answersNow` and for gaps in cover. */
  readonly clock: () => Date;
}

/** What the resolvers know of one request. */
export interface TrustContext {
  readonly load: Load;
  readonly now: WallClock;
}

/** A subgraph over a trust's records, ready to be served. */
export interface TrustSubgraph {
  /** The contract (`schema/trust.graphql`) with its resolvers, for Apollo Federation 2. */
  readonly schema: GraphQLSchema;
  /** Makes the context of one request. `signal` aborts when nobody waits for the answer any more; see `Ask` for `caller`. */
  context(request: { readonly caller: OnwardCaller | null; readonly signal: AbortSignal }): TrustContext;
  /** Rejects when the source cannot answer; otherwise tells how many records it left out, by type and reason. */
  ready(signal: AbortSignal): Promise<{ unmapped: Readonly<Record<string, number>> }>;
}

/** The most patients that one request may ask about: five caseloads. */
export const MOST_PATIENTS = 1_000;

type Fields = ReturnType<GraphQLObjectType['getFields']>;

interface Patient {
  readonly __typename: 'Patient';
  readonly nhsNumber: NHSNumber;
}

/**
 * The complete subgraph of a trust: the contract over a source of records.
 *
 * What goes wrong with a field is an error of that field and patient alone, with a code in `extensions.code`:
 * `SOURCE_UNAVAILABLE` when the source could not say, `UNSUPPORTED` when it does not serve the record type,
 * `INVALID_RECORD` when it handed over what the contract does not allow, `INVALID_PARAMETER` for an argument out of
 * bounds. A representation that names no patient is `INVALID_NHS_NUMBER` or `INVALID_PARAMETER`, alone again.
 */
export function createTrustSubgraph({ organisation, source, log, clock }: TrustSubgraphOptions): TrustSubgraph {
  const schema = contractSchema();
  const checks = recordChecks(schema);
  const onAsked = watchUnmapped(source, log);

  for (const field of Object.values(fieldsOf(schema, 'Patient'))) {
    const type = recordTypeOf(schema, field);
    if (type === null) continue;
    field.resolve = gathered(type, field.args, arrangement(schema, field));
    resolve(schema, getNamedType(field.type).name, { custodian: () => organisation });
  }
  resolve(schema, 'Contact', {
    answersNow: (contact: Contact, _args, { now }) => answersNow(contact, now),
    shortcomings: (contact: Contact, _args, { now }) => shortcomings(contact, now.date),
  });
  resolve(schema, 'Demographics', {
    deceased: ({ deceased, deceasedDate }: Demographics) => (deceasedDate ? true : deceased),
  });
  resolve(schema, 'Query', { _entities: (_root, { representations }) => entities(representations) });

  return {
    schema,
    context: ({ caller, signal }) => ({
      load: createLoad({ source, checks, log, caller, signal, onAsked }),
      now: wallClock(clock()),
    }),
    async ready(signal) {
      await source.ready(signal);
      return { unmapped: Object.fromEntries(source.unmapped()) };
    },
  };
}

/** Answers one gathered field of a patient: all that the source holds, then what was asked for of it, in its order. */
function gathered<Type extends keyof RecordTypes>(
  type: Type,
  defined: readonly GraphQLArgument[],
  { compare, limit }: Arrangement,
): GraphQLFieldResolver<Patient, TrustContext, Record<string, unknown>> {
  return async ({ nhsNumber }, args, { load }) => {
    const wanted = argumentsOf(defined, args);
    if (limit !== null) refuseOutOfBounds(limit.argument, wanted.first, limit.atMost);
    const records = await load(type, nhsNumber, wanted.since);
    return [...select[type](records, wanted)].sort(compare).slice(0, wanted.first ?? undefined);
  };
}

function refuseOutOfBounds(name: string, value: number | null, atMost: number): void {
  if (value !== null && value >= 0 && value <= atMost) return;
  throw refuse('INVALID_PARAMETER', `"${name}" is a whole number from 0 to ${atMost}.`);
}

/** The patients that the gateway named; an error in the place of each that it did not name well. */
function entities(representations: readonly unknown[]): (Patient | Error)[] {
  if (representations.length > MOST_PATIENTS) {
    throw refuse('INVALID_PARAMETER', `At most ${MOST_PATIENTS} patients can be asked about in one request.`);
  }
  return representations.map((representation) => {
    const { __typename, nhsNumber } = keysOf(representation);
    if (__typename !== 'Patient')
      return refuse('INVALID_PARAMETER', 'The entities of this subgraph are of type "Patient".');
    try {
      return { __typename, nhsNumber: parseNHSNumber(nhsNumber) };
    } catch (error) {
      return refuse('INVALID_NHS_NUMBER', error instanceof Error ? error.message : 'This is not an NHS number.');
    }
  });
}

function keysOf(representation: unknown): { __typename?: unknown; nhsNumber?: unknown } {
  return typeof representation === 'object' && representation !== null ? representation : {};
}

function fieldsOf(schema: GraphQLSchema, name: string): Fields {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`The contract has no type ${name}.`);
  return type.getFields();
}

function resolve(
  schema: GraphQLSchema,
  name: string,
  resolvers: Readonly<Record<string, NonNullable<Fields[string]['resolve']>>>,
): void {
  const fields = fieldsOf(schema, name);
  for (const [fieldName, resolver] of Object.entries(resolvers)) {
    const field = fields[fieldName];
    if (!field) throw new Error(`The contract has no field ${name}.${fieldName}.`);
    field.resolve = resolver;
  }
}
