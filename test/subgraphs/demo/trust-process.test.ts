import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import stories from '@caregraph/demo/stories.json' with { type: 'json' };
import type { ReadyMessage } from '@caregraph/service/run.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const LANCASHIRE = stories.find(({ id }) => id === 'lancashire-in-london')?.nhsNumber ?? '';

let trust: ChildProcess;
let url: string;
let output = '';

beforeAll(async () => {
  const script = fileURLToPath(import.meta.resolve('@caregraph/demo/trust-main.ts'));
  trust = fork(script, ['--org', 'RW5', '--name', 'Lancashire Care'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, LOG_LEVEL: 'info', NODE_ENV: 'development' },
  });
  for (const stream of [trust.stdout, trust.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ready = Promise.withResolvers<string>();
  trust.once('message', (message: ReadyMessage) => ready.resolve(message.url));
  trust.once('exit', () => ready.reject(new Error(output)));
  url = await ready.promise;
});
afterAll(() => {
  if (trust.exitCode === null) trust.kill('SIGKILL');
});

const ask = async (selection: string, nhsNumber: string) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Patient { ${selection} } } }`,
      variables: { of: [{ __typename: 'Patient', nhsNumber }] },
    }),
  });
  return response.json();
};

describe('a trust of the demo, as a process', () => {
  test('answers with the plan of the story', async () => {
    const answer = await ask('crisisPlans { title custodian { odsCode } } contacts { name answersNow }', LANCASHIRE);
    expect(answer).toMatchObject({
      data: {
        _entities: [
          {
            crisisPlans: [{ title: 'Alison’s crisis plan, in her own words', custodian: { odsCode: 'RW5' } }],
            contacts: expect.arrayContaining([
              { name: expect.stringContaining('Crisis Resolution'), answersNow: 'YES' },
            ]),
          },
        ],
      },
    });
  });

  test('is ready, and leaves no record out', async () => {
    const response = await fetch(`${url}/health/ready`);
    expect(response.status).toBe(200);
    expect(JSON.stringify(await response.json())).toContain('"unmapped":{}');
  });

  test('ends when it is asked to, and has named no patient in its log', async () => {
    trust.kill('SIGTERM');
    const [status] = await once(trust, 'exit');
    expect(status).toBe(0);
    expect(output).not.toContain(LANCASHIRE);
  });
});
