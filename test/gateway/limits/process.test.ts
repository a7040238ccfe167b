import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER } from '@caregraph/gateway/development/issuer.ts';
import { manifestOf } from '@caregraph/gateway/limits/registered.ts';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { nhsNumbers } from '../../support/nhs-numbers.ts';
import { ended, type GatewayFiles, gatewayFiles } from '../gateway-process.ts';

const [ANN = ''] = nhsNumbers(1);
const APP = 'query App($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id title } } }';
const NEXT = 'query Next($n: NHSNumber!) { patient(nhsNumber: $n) { alerts { id } } }';

let files: GatewayFiles;
beforeAll(async () => {
  files = await gatewayFiles([ANN]);
});
afterEach(() => files.kill());
afterAll(() => files.stop());

/** Writes the app's manifest. */
const register = (...texts: readonly string[]): void =>
  writeFileSync(
    join(files.folder, 'app.json'),
    JSON.stringify(manifestOf(texts.map((text, i) => ({ file: `${i}.graphql`, text })))),
  );

/** What a gateway in use is configured with. */
const inUse = (keys: Record<string, unknown> = {}): Record<string, unknown> => ({
  development: undefined,
  authentication: { issuer: DEVELOPMENT_ISSUER, audience: DEVELOPMENT_AUDIENCE, jwks: { file: 'keys/jwks.json' } },
  operations: ['app.json'],
  ...keys,
});

const ask = async (url: string, query: string, variables: Record<string, unknown> = { n: ANN }): Promise<unknown> =>
  (await files.post(url, query, variables)).json();

const refusedAs = (code: string) => ({ errors: [{ extensions: { code } }] });

test('a gateway in use runs registered documents alone, follows their manifests, and keeps the last good ones', async () => {
  register(APP);
  const { ready, output } = files.start(inUse());
  const url = await ready;
  const answer = { data: { patient: { crisisPlans: [{ id: 'RW5:1' }] } } };
  expect(await ask(url, APP)).toMatchObject(answer);
  expect(await ask(url, schemaFile('operations/crisis.graphql'), { nhsNumber: ANN })).toMatchObject(answer);
  expect(await ask(url, `${APP} `)).toMatchObject(refusedAs('QUERY_NOT_IN_SAFELIST'));
  expect(await ask(url, NEXT)).toMatchObject(refusedAs('QUERY_NOT_IN_SAFELIST'));

  register(APP, NEXT);
  await expect.poll(() => ask(url, NEXT), { timeout: 20_000 }).toMatchObject({ data: { patient: { alerts: [] } } });
  register(APP, 'query Wrong { nothing }');
  await expect
    .poll(() => output.out.split('\n').filter((line) => line.includes('manifest of documents was refused')), {
      timeout: 20_000,
    })
    .toEqual([expect.stringMatching(/app\.json: operation 2, \\"Wrong\\": Cannot query field/)]);
  expect(await ask(url, NEXT)).toMatchObject({ data: {} });
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
});

test('a gateway in use keeps its supergraph when another could not answer a registered document', async () => {
  register(APP);
  const supergraph = join(files.folder, 'supergraph.graphql');
  const sdl = readFileSync(OWN_SUPERGRAPH, 'utf8');
  writeFileSync(supergraph, sdl);
  const { ready, output } = files.start(inUse({ supergraph: 'supergraph.graphql' }));
  const url = await ready;
  writeFileSync(supergraph, sdl.replaceAll(/\btitle\b/g, 'heading'));
  await expect
    .poll(() => output.out.split('\n').filter((line) => line.includes('refused')), { timeout: 20_000 })
    .toEqual([expect.stringMatching(/app\.json: operation 1, \\"App\\": Cannot query field/)]);
  expect(await ask(url, APP)).toMatchObject({ data: { patient: { crisisPlans: [{ id: 'RW5:1' }] } } });
});

test('a gateway in use does not start with a document that cannot run, and says which', async () => {
  register('query Wrong { nothing }');
  const { child, output } = files.start(inUse());
  expect(await ended(child)).toBe(1);
  expect(output.err).toMatch(/app\.json: operation 1, "Wrong": Cannot query field "nothing"/);
  expect(output.err.trim().split('\n')).toHaveLength(1);
});

test('a developer runs any document within the limits', async () => {
  register(APP);
  const { ready } = files.start({ operations: ['app.json'] });
  const url = await ready;
  expect(await ask(url, NEXT)).toMatchObject({ data: { patient: { alerts: [] } } });
  expect(await ask(url, `{ ${'a '.repeat(501)} }`)).toMatchObject(refusedAs('QUERY_TOO_LARGE'));
});
