import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type DevelopmentIssuer, developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { createAuthenticator } from '@caregraph/service/authenticate.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-role-'));
const user = { organisation: 'RRU', user: 'u', purpose: 'directcare' } as const;
let issuer: DevelopmentIssuer;
let gateway: TestGateway;

beforeAll(async () => {
  issuer = await developmentIssuer(folder, 'test');
  gateway = await startGateway({ authenticator: createAuthenticator(issuer.authentication) });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

/** Asks with headers as they are, also several of one name. */
function ask(headers: Record<string, string | string[]>): Promise<{ status: number | undefined; body: unknown }> {
  return new Promise((resolve, reject) => {
    const asking = request(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
    });
    asking.on('error', reject);
    asking.on('response', async (response) => resolve({ status: response.statusCode, body: await json(response) }));
    asking.end(JSON.stringify({ query: '{ __typename }' }));
  });
}

test('a second Authorization header is refused, whichever of them is good', async () => {
  const token = `Bearer ${await issuer.token({ ...user, role: 'paramedic' })}`;
  expect((await ask({ authorization: token })).status).toBe(200);
  for (const authorization of [
    [token, token],
    [token, 'Bearer a.b.c'],
    ['Bearer a.b.c', token],
    [token, ''],
  ]) {
    const { status, body } = await ask({ authorization });
    expect(status).toBe(401);
    expect(body).toMatchObject({ errors: [{ message: expect.stringMatching(/one header/) }] });
  }
});

test('a user with several roles names the one in use in a header, or is told how', async () => {
  const authorization = `Bearer ${await issuer.token({ ...user, role: ['paramedic', 'midwife'] })}`;
  const { status, body } = await ask({ authorization });
  expect(status).toBe(401);
  expect(body).toMatchObject({ errors: [{ message: expect.stringMatching(/several roles.*nhsd-session-urid/) }] });
  for (const id of ['u-1', 'u-2']) {
    expect((await ask({ authorization, 'NHSD-Session-URID': id })).status).toBe(200);
  }
  for (const id of ['u-3', ['u-1', 'u-2'], ['u-1', 'u-1']]) {
    expect((await ask({ authorization, 'NHSD-Session-URID': id })).status).toBe(401);
  }
});
