import type {
  GatewayExecutionResult,
  GatewayExecutor,
  GatewayGraphQLRequestContext,
  GatewayInterface,
  GatewayLoadResult,
} from '@apollo/server-gateway-interface';
import { refuse } from '@caregraph/service/errors.ts';
import { GraphQLError, type GraphQLSchema, getVariableValues } from 'graphql';
import type { Shares } from './access/agreements.ts';
import type { Caller } from './access/caller.ts';
import { type Decision, decide } from './access/decision.ts';
import { tellRefused } from './access/field-answer.ts';
import type { FieldRules } from './access/field-rules.ts';
import { type RefusedFields, refuseFields } from './access/fields.ts';
import type { Glass, Grant } from './access/glass.ts';
import { type OperationFacts, Operations } from './access/operation.ts';
import { entryOf } from './audit/describe.ts';
import { type AuditLog, AuditUnavailableError } from './audit/log.ts';
import type { RequestContext } from './context.ts';
import type { FederationContext } from './federation/gateway.ts';
import type { Clock } from './gather/patience.ts';
import type { GatherRules } from './gather/rules.ts';
import { excessOfCost } from './limits/cost.ts';
import { tooMuch } from './limits/refusal.ts';

export interface GuardOptions {
  /** The gateway that plans and asks. */
  readonly gateway: GatewayInterface;
  /** `null` for a supergraph in which nothing is gathered. */
  readonly rules: GatherRules | null;
  /** `null` for a supergraph that says of no field who may select it. */
  readonly fieldRules: FieldRules | null;
  /** What the agreements that are in force now share with a caller. */
  readonly sharesOf: (caller: Caller) => Shares;
  /** `null` where there is no glass to break. */
  readonly glass: Glass | null;
  /** `null` where nothing is gathered of which there would be anything to tell. */
  readonly audit: AuditLog | null;
  readonly clock: Clock;
  /** A new UUID for each operation, by which its entry in the audit is known, and its calls to those who answer it. */
  readonly newId: () => string;
  /** What a request is executed with, once it is decided what it may be told of. */
  readonly executionContext: (request: RequestContext, decision: Decision, id: string) => FederationContext;
}

/**
 * Decides what each operation may be told of, before anything is planned or anybody asked, and puts on record what it was
 * told, before its answer leaves. It is the one place for both.
 */
export class GuardedGateway implements GatewayInterface {
  readonly #options: GuardOptions;
  #operations: Operations | null = null;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  onSchemaLoadOrUpdate: GatewayInterface['onSchemaLoadOrUpdate'] = (callback) =>
    this.#options.gateway.onSchemaLoadOrUpdate(callback);

  async load(options: Parameters<GatewayInterface['load']>[0]): Promise<GatewayLoadResult> {
    const { executor } = await this.#options.gateway.load(options);
    if (!executor) throw new Error('The gateway has nothing with which to execute operations.');
    return { executor: (request) => this.#execute(executor, request) };
  }

  stop(): Promise<void> {
    return this.#options.gateway.stop();
  }

  async #execute(execute: GatewayExecutor, request: GatewayGraphQLRequestContext): Promise<GatewayExecutionResult> {
    const { document, operation, schema } = request;
    if (!operation || !schema.getRootType(operation.operation)) return execute(request);
    const { fieldRules, rules, audit, clock, newId } = this.#options;
    const context: RequestContext = callerAndTime(request);
    const { caller } = context;
    const variables = request.request.variables ?? {};

    const operations = this.#known(schema, rules);
    const facts = operations.facts(document, operation);
    const values = coerced(request);
    const patients = operations.keysNamed(facts, values);
    const shares = this.#options.sharesOf(caller);
    const excess = rules && excessOfCost(rules, { schema, document, operation, values, patients, shares });
    const refused = fieldRules && refuseFields(fieldRules, request, caller.role);
    const grants = excess ? [] : await this.#grants(context, shares, facts, patients);
    const decision = decide(shares, patients, grants ?? [], fieldRules?.refusedTo(caller.role) ?? null);
    const id = newId();
    const execution = this.#options.executionContext(context, decision, id);

    const glassRefused = breaksGlass(facts) && !shares.mayBreakGlass;
    /** Puts on record what an answer tells, and gives it back only then. */
    const onRecord = async (result: GatewayExecutionResult): Promise<GatewayExecutionResult> => {
      const entry = entryOf({
        id,
        at: clock.now(),
        caller,
        breakGlass: decision.breakGlass,
        operation: facts,
        otherFields: excess ? [] : otherFields(operations, request, refused, glassRefused),
        patients: [...new Set([...patients, ...operations.keysShown(facts, result.data)])],
        gather: execution.gather,
        refused: glassRefused || refused?.remaining === null,
        result,
      });
      try {
        if (entry && audit)
          await recordedWithin(audit.record(entry), context.patience.remainingMs() + LONGEST_AUDIT_MS);
        return result;
      } catch (error) {
        if (error instanceof AuditUnavailableError) return { errors: [AUDIT_UNAVAILABLE] };
        throw error;
      }
    };

    if (glassRefused) return onRecord({ data: null, errors: [MAY_NOT_BREAK_GLASS] });
    if (excess) return onRecord({ errors: [tooMuch(excess)] });
    let answer: GatewayExecutionResult;
    try {
      answer = refused
        ? tellRefused(await executeRemaining(execute, request, refused, execution), refused, variables)
        : await execute({ ...request, context: execution });
    } catch (error) {
      await onRecord({ errors: [FAILED] });
      throw error;
    }
    return onRecord(grants ? answer : { ...answer, errors: [...(answer.errors ?? []), GLASS_UNKNOWN] });
  }

  #known(schema: GraphQLSchema, rules: GatherRules | null): Operations {
    this.#operations ??= new Operations(schema, rules);
    return this.#operations;
  }

  /** The user's grants, where they may make a difference; `null` when they could not be found out. */
  async #grants(
    { caller, patience }: RequestContext,
    shares: Shares,
    { selectsEntities }: OperationFacts,
    patients: readonly string[],
  ): Promise<readonly Grant[] | null> {
    const { glass } = this.#options;
    const matters = shares.glassMatters && selectsEntities && patients.length > 0;
    return glass && matters ? glass.grants(caller, patience) : [];
  }
}

/** The fields of entities, other than lists, that were asked for and not refused. */
function otherFields(
  operations: Operations,
  { document, operation }: GatewayGraphQLRequestContext,
  refused: RefusedFields | null,
  glassRefused: boolean,
): readonly string[] {
  const asked = refused ? refused.remaining : { document, operation };
  return asked && !glassRefused ? operations.facts(asked.document, asked.operation).otherFields : [];
}

/** Executes what remains of an operation; `null` when nothing does. */
async function executeRemaining(
  execute: GatewayExecutor,
  request: GatewayGraphQLRequestContext,
  { remaining, fields }: RefusedFields,
  context: FederationContext,
): Promise<GatewayExecutionResult | null> {
  // It has a plan of its own.
  const queryHash = `${request.queryHash} without ${fields.join(' ')}`;
  return remaining && execute({ ...request, ...remaining, queryHash, context });
}

function callerAndTime(request: GatewayGraphQLRequestContext): RequestContext {
  const { caller, patience, replay } = request.context;
  return { caller, patience, replay };
}

function coerced({ schema, operation, request: { variables } }: GatewayGraphQLRequestContext): Record<string, unknown> {
  return getVariableValues(schema, operation?.variableDefinitions ?? [], variables ?? {}).coerced ?? {};
}

/** How much longer than its deadline a request waits until it is on record who looked, in milliseconds. */
const LONGEST_AUDIT_MS = 1_000;

/**
 * Waits for a record no longer than this. What comes on record later tells of an answer that nobody got: rather that than an
 * answer that nothing tells of.
 */
async function recordedWithin(recorded: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new AuditUnavailableError('It took too long.')), ms);
  try {
    await Promise.race([recorded, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The field with which the glass is broken (`schema/access.graphql`). */
const breaksGlass = ({ kind, rootFields }: OperationFacts): boolean =>
  kind === 'mutation' && rootFields.includes('breakGlass');

const MAY_NOT_BREAK_GLASS = refuse(
  'FORBIDDEN',
  'No organisation has agreed to give emergency access to your organisation in this role and for this purpose.',
);

const GLASS_UNKNOWN = refuse(
  'BREAK_GLASS_UNAVAILABLE',
  'It could not be found out whether you have broken the glass. What is shared only then is missing.',
);

const FAILED = refuse('INTERNAL_SERVER_ERROR', 'Something failed here.');

const AUDIT_UNAVAILABLE = new GraphQLError(
  'It cannot be put on record now who looks, and so nothing is shown. Ask again, and ring whom you would have asked.',
  { extensions: { code: 'AUDIT_UNAVAILABLE', http: { status: 503 } } },
);
