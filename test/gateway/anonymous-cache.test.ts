import { readdirSync, readFileSync } from 'node:fs';
import { ApolloGateway, type GatewayConfig } from '@apollo/gateway';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { AnonymousCache } from '@caregraph/gateway/federation/anonymous-cache.ts';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { type DocumentNode, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';

const [patient] = nhsNumbers(1) as [string];

type PlanCache = NonNullable<NonNullable<GatewayConfig['queryPlannerConfig']>['cache']>;

/** What Apollo Server and Apollo Gateway would keep of a query: its document, and its plan. */
async function kept(query: string): Promise<{ document: boolean; plan: boolean }> {
  const document = parse(query);
  const documents = new AnonymousCache<DocumentNode>();
  const plans: PlanCache = new AnonymousCache();
  const gateway = new ApolloGateway({
    supergraphSdl: readFileSync(OWN_SUPERGRAPH, 'utf8'),
    queryPlannerConfig: { exposeDocumentNodeInFetchNode: true, cache: plans },
    buildService: () => ({ process: async () => ({ data: {} }) }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const { executor } = await gateway.load();
  const operation = document.definitions[0] as OperationDefinitionNode;
  const variables = {
    nhsNumber: patient,
    nhsNumbers: [patient],
    odsCode: 'RW5',
    reason: 'Found on a bridge, silent; no other way to learn what helps.',
    id: '1',
    finding: 'JUSTIFIED',
  };
  await executor({
    request: { query, variables },
    document,
    operation,
    queryHash: 'hash',
    source: query,
    operationName: null,
    metrics: {},
    context: {},
    cache: { get: async () => undefined, set: async () => {}, delete: async () => {} },
    logger: console,
    schema: gateway.schema ?? raise(),
  } as unknown as Parameters<typeof executor>[0]);
  await gateway.stop();
  await documents.set('hash', document);
  return {
    document: (await documents.get('hash')) !== undefined,
    plan: (await plans.get('hash')) !== undefined,
  };
}

function raise(): never {
  throw new Error('The gateway has no schema.');
}

describe('what is kept of queries', () => {
  const operations = readdirSync(new URL('../../schema/operations/', import.meta.url));
  test.each(operations)('the ready query %s is parsed and planned once', async (file) => {
    expect(await kept(schemaFile(`operations/${file}`))).toEqual({ document: true, plan: true });
  });

  test.each([
    ['a literal', `{ patient(nhsNumber: "${patient}") { crisisPlans { id } } }`],
    ['an escaped literal', `{ patient(nhsNumber: "\\u0039${patient.slice(1)}") { crisisPlans { id } } }`],
    ['a default', `query($n: NHSNumber! = "${patient}") { patient(nhsNumber: $n) { crisisPlans { id } } }`],
  ])('nothing is, of one that names a patient by %s', async (_name, query) => {
    expect(await kept(query)).toEqual({ document: false, plan: false });
  });

  test('nothing is, of one that names a patient by an alias or in a comment', async () => {
    const aliased = `query($nhsNumber: NHSNumber!) { p${patient}: patient(nhsNumber: $nhsNumber) { crisisPlans { id } } }`;
    expect(await kept(aliased)).toEqual({ document: false, plan: false });
    expect((await kept(`# ${patient}\n{ organisations { odsCode } }`)).document).toBe(false);
  });

  test('what was not asked for the longest makes room', async () => {
    const cache = new AnonymousCache<{ text: string }>();
    const text = 'x'.repeat(9 * 1024 * 1024);
    for (const key of ['a', 'b', 'c']) await cache.set(key, { text });
    await cache.set('a', { text });
    await cache.get('b');
    await cache.set('d', { text });
    const there = await Promise.all(['a', 'b', 'c', 'd'].map(async (key) => (await cache.get(key)) !== undefined));
    expect(there).toEqual([true, true, false, true]);
    cache.clear();
    expect(await cache.get('a')).toBeUndefined();
  });
});
