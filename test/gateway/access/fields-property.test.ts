import '@caregraph/gateway/federation/no-telemetry.ts';
import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import { tellRefused } from '@caregraph/gateway/access/field-answer.ts';
import { type FieldRules, readFieldRules } from '@caregraph/gateway/access/field-rules.ts';
import { type Asked, refuseFields } from '@caregraph/gateway/access/fields.ts';
import fc from 'fast-check';
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  print,
  specifiedRules,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import {
  anyOperation,
  anyRules,
  anyVariables,
  deniedTo,
  denying,
  isValid,
  outcomeOf,
  PLAIN_SDL,
  plainSchema,
  type Rules,
  resolver,
  run,
  supergraphWith,
  type Variables,
} from './fields-random.ts';

function read(rules: Rules): FieldRules {
  const found = readFieldRules(supergraphWith(rules));
  if (!found) throw new Error('There are rules.');
  return found;
}

function asked(schema: GraphQLSchema, document: DocumentNode): Asked {
  const operation = getOperationAST(document);
  if (!operation) throw new Error('There is one operation.');
  return { schema, document, operation };
}

/** Variables may be left over; a field that is never null in one type may be named beside its like in another. */
const KEPT = specifiedRules.filter(
  (rule) => rule !== NoUnusedVariablesRule && rule !== OverlappingFieldsCanBeMergedRule,
);

const RUNS = 300;

describe('under any rules, whatever is asked', () => {
  test('is told what an executor would tell that denies each field as it comes to it', () => {
    let refusals = 0;
    fc.assert(
      fc.property(anyRules, anyOperation(12), anyVariables, fc.nat(1000), (rules, text, variables, seed) => {
        const document = parse(text);
        fc.pre(isValid(document));
        const denied = deniedTo(rules);
        const expected = denying(denied, document, variables, resolver(seed, { faults: true }));
        const resolved = new Set<string>();
        const resolve = resolver(seed, { faults: true, onResolved: (field) => resolved.add(field) });
        const refused = refuseFields(read(rules), asked(plainSchema, document), 'one');
        if (refused?.fault) return;
        const remaining = refused ? refused.remaining && parse(print(refused.remaining.document)) : document;
        if (refused && remaining) expect(validate(plainSchema, remaining, KEPT)).toEqual([]);
        const answer = remaining && run(remaining, variables, resolve);
        const told = outcomeOf(refused ? tellRefused(answer, refused, variables) : (answer ?? {}));
        expect(told.errors).toEqual(expected.errors);
        // As text, since what is told is told in the order in which it was asked.
        expect(JSON.stringify(told.data)).toBe(JSON.stringify(expected.data));
        expect([...resolved].filter((field) => denied.has(field))).toEqual([]);
        if (refused) refusals++;
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(refusals / RUNS).toBeGreaterThan(0.3);
  });

  test('is planned and shaped by Apollo Gateway as well as the whole would have been', async () => {
    const { supergraphSdl } = composeServices([{ name: 'one', url: 'http://one', typeDefs: parse(PLAIN_SDL) }]);
    if (!supergraphSdl) throw new Error('It composes.');
    let seed = 0;
    const gateway = new ApolloGateway({
      supergraphSdl,
      logger: QUIET,
      buildService: () => ({
        async process({ request }) {
          const answer = run(parse(request.query ?? ''), request.variables ?? {}, resolver(seed, { faults: false }));
          return JSON.parse(JSON.stringify(answer));
        },
      }),
    });
    const { schema, executor } = await gateway.load();
    let plans = 0;
    const plan = async (of: Pick<Asked, 'document' | 'operation'>, variables: Variables) => {
      const request = {
        request: { variables },
        ...of,
        schema,
        queryHash: `${plans++}`,
        context: {},
        logger: QUIET,
        metrics: {},
      };
      try {
        return await executor(request as unknown as GatewayGraphQLRequestContext);
      } catch (error) {
        return { data: { thrown: String(error) } };
      }
    };
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(anyRules, anyOperation(0), fc.nat(1000), async (rules, text, n) => {
        const document = parse(text);
        fc.pre(isValid(document));
        seed = n;
        const refused = refuseFields(read(rules), asked(schema, document), 'one');
        if (!refused || refused.fault) return;
        const resolve = resolver(seed, { faults: false });
        // There are fragments with which Apollo Gateway cannot deal at all.
        const whole = await plan(refused.asked, { of: null });
        if (!isLike(whole.data, run(document, {}, resolve).data)) return;
        const expected = denying(deniedTo(rules), document, {}, resolve);
        const told = outcomeOf(
          tellRefused(refused.remaining && (await plan(refused.remaining, { of: null })), refused, {}),
        );
        expect(told.data).toEqual(expected.data);
        expect(told.errors).toEqual(expected.errors);
        refusals++;
      }),
      { numRuns: RUNS / 4, endOnFailure: true },
    );
    expect(refusals).toBeGreaterThan(RUNS / 20);
    await gateway.stop();
  });
});

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

function isLike(one: unknown, other: unknown): boolean {
  try {
    expect(one).toEqual(other);
    return true;
  } catch {
    return false;
  }
}
