import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { testNumbers } from '../../../../subgraphs/trust/conformance/nhs-numbers.ts';
import { createLocatorClient, type LocatorClient } from '../../../../subgraphs/trust/publish/locator-client.ts';
import { pointerId } from '../../../../subgraphs/trust/publish/pointer-id.ts';
import { reconcile } from '../../../../subgraphs/trust/publish/reconcile.ts';
import type { Pointer } from '../../../../subgraphs/trust/source.ts';
import { ANN } from '../records.ts';
import { type RunningLocator, startLocator } from './locator.ts';

const signal = AbortSignal.timeout(60_000);

const pointer = (key: string, changes: Partial<Pointer> = {}): Pointer => ({
  key,
  subject: ANN,
  type: '736253002',
  content: [
    {
      url: `https://records.example/${key}`,
      contentType: 'application/pdf',
      format: 'urn:nhs-ic:unstructured',
      created: null,
    },
  ],
  practiceSetting: null,
  periodStart: null,
  periodEnd: null,
  ...changes,
});

const sourceOf = (pointers: readonly Pointer[]) => ({
  async *pointers() {
    yield* pointers;
  },
});

describe('the id of a pointer', () => {
  it('is the custodian’s code and a UUID of version 8, the same for the same key', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat({ max: 20 }), (key, life) => {
        expect(pointerId('RW5', key, life)).toMatch(
          /^RW5-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
        expect(pointerId('RW5', key, life)).toBe(pointerId('RW5', key, life));
      }),
    );
  });

  it('is another one for another custodian, key or life', () => {
    const ids = [
      pointerId('RW5', 'a', 0),
      pointerId('RXT', 'a', 0).replace('RXT', 'RW5'),
      pointerId('RW5', 'b', 0),
      pointerId('RW5', 'a', 1),
      pointerId('RW5', 'a1', 0),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('does not change from one release to the next, which would publish everything anew', () => {
    expect(pointerId('RW5', 'plan-1-v1', 0)).toBe('RW5-88609a83-fb1e-87f6-817c-fe4e10cf4572');
  });
});

describe('bringing the locator up to date', () => {
  const custodians = Array.from({ length: 10 }, (_, i) => `TR${i}`);
  const patients = testNumbers(20);
  let locator: RunningLocator;

  beforeAll(async () => {
    locator = await startLocator(custodians);
  });
  afterAll(() => locator.close());

  /** A custodian and two patients of whom the locator has not heard yet. */
  const newcomers = () => {
    const custodian = custodians.pop() ?? '';
    const run = (pointers: readonly Pointer[]) =>
      reconcile({ custodian, source: sourceOf(pointers), locator: locator.clientOf(custodian) }, signal);
    return { custodian, run, ann: patients.pop() ?? '', ben: patients.pop() ?? '' };
  };

  it('publishes what is missing and withdraws what is gone, and then has nothing to do', async () => {
    const { custodian, run, ann, ben } = newcomers();
    const both = [pointer('a', { subject: ann }), pointer('b', { subject: ben })];
    expect(await run(both)).toEqual({ published: 2, withdrawn: 0, refused: {}, repeated: 0 });
    expect(await locator.custodiansOf(ann)).toEqual([custodian]);
    expect(await locator.custodiansOf(ben)).toEqual([custodian]);
    expect(await run(both)).toMatchObject({ published: 0, withdrawn: 0 });
    expect(await run(both.slice(0, 1))).toMatchObject({ published: 0, withdrawn: 1 });
    expect(await locator.custodiansOf(ben)).toEqual([]);
    expect(await run([])).toMatchObject({ published: 0, withdrawn: 1 });
  });

  it('publishes again what comes back after it was withdrawn, as often as it does', async () => {
    const { custodian, run, ann } = newcomers();
    for (let time = 0; time < 3; time += 1) {
      const held = [pointer('a', { subject: ann }), pointer(`other-${time}`)];
      expect(await run(held)).toMatchObject({ published: 2, refused: {} });
      expect(await locator.custodiansOf(ann)).toEqual([custodian]);
      expect(await run(held)).toMatchObject({ published: 0, withdrawn: 0 });
      await run([]);
      expect(await locator.custodiansOf(ann)).toEqual([]);
    }
  });

  it('leaves other custodians’ pointers alone', async () => {
    const { custodian, run, ann } = newcomers();
    const other = newcomers();
    await run([pointer('a', { subject: ann })]);
    await other.run([pointer('a', { subject: ann })]);
    await other.run([]);
    expect(await locator.custodiansOf(ann)).toEqual([custodian]);
  });

  it('publishes the others when the locator will not have some, and says how many by code', async () => {
    const { custodian, run, ben } = newcomers();
    const result = await run([
      pointer('a'),
      pointer('b', { type: '12345678' }),
      pointer('c', { content: [] }),
      pointer('d', { subject: ben }),
    ]);
    expect(result).toEqual({
      published: 2,
      withdrawn: 0,
      refused: { INVALID_CODE_VALUE: 1, INVALID_RESOURCE: 1 },
      repeated: 0,
    });
    expect(await locator.custodiansOf(ben)).toEqual([custodian]);
  });

  it('publishes one of several pointers with one key, and says how many it left out', async () => {
    const { run, ann, ben } = newcomers();
    const result = await run([pointer('a', { subject: ann }), pointer('a', { subject: ben })]);
    expect(result).toMatchObject({ published: 1, repeated: 1 });
  });

  it('publishes thousands, over several calls', async () => {
    const { custodian, run, ann } = newcomers();
    const many = Array.from({ length: 5_001 }, (_, i) => pointer(`k${i}`, { subject: ann }));
    expect(await run(many)).toMatchObject({ published: 5_001 });
    expect((await locator.clientOf(custodian).published(signal)).size).toBe(5_001);
    expect(await run(many.slice(1))).toMatchObject({ published: 0, withdrawn: 1 });
  });

  /** A locator in memory that notes what is changed. */
  const noting = (published: readonly string[]): LocatorClient & { readonly changes: string[] } => {
    const changes: string[] = [];
    return {
      changes,
      published: async () => new Set(published),
      publish: async (pointers) => {
        changes.push(`publish ${pointers.length}`);
        return [];
      },
      withdraw: async (ids) => {
        changes.push(`withdraw ${ids.length}`);
      },
    };
  };

  it('changes nothing at all when the source fails half-way through its list', async () => {
    const noted = noting([pointerId('RW5', 'a', 0), pointerId('RW5', 'b', 0)]);
    const source = {
      async *pointers() {
        yield pointer('a');
        yield pointer('new');
        throw new Error('the database went away');
      },
    };
    await expect(reconcile({ custodian: 'RW5', source, locator: noted }, signal)).rejects.toThrow('went away');
    expect(noted.changes).toEqual([]);
  });

  it('publishes before it withdraws, so that a patient whose pointer changed is never without one', async () => {
    const noted = noting([pointerId('RW5', 'plan-v1', 0)]);
    await reconcile({ custodian: 'RW5', source: sourceOf([pointer('plan-v2')]), locator: noted }, signal);
    expect(noted.changes).toEqual(['publish 1', 'withdraw 1']);
  });

  it('withdraws nothing when something could not be published', async () => {
    const noted = noting([pointerId('RW5', 'plan-v1', 0)]);
    const failing: LocatorClient = { ...noted, publish: () => Promise.reject(new Error('locator away')) };
    await expect(
      reconcile({ custodian: 'RW5', source: sourceOf([pointer('plan-v2')]), locator: failing }, signal),
    ).rejects.toThrow('locator away');
    expect(noted.changes).toEqual([]);
  });
});

describe('a locator that does not do as asked', () => {
  /** An HTTP server that answers everything in one way, and notes what it was sent. */
  async function answering(status: number, body: string, headers: Record<string, string> = {}) {
    const received: { headers: Record<string, unknown>; body: string }[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on('end', () => {
        received.push({ headers: request.headers, body: text });
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const address: AddressInfo | string | null = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const url = `http://127.0.0.1:${port}/graphql`;
    return { url, received, client: createLocatorClient({ url, custodian: 'RW5', token: async () => 'secret' }) };
  }

  it.each([
    ['HTML', 200, '<html>', 'not GraphQL over JSON'],
    ['nothing', 200, '', 'not GraphQL over JSON'],
    ['an array', 200, '[]', 'not GraphQL over JSON'],
    ['null', 200, 'null', 'not GraphQL over JSON'],
    ['no data', 200, '{}', 'something that the contract does not have'],
    ['null ids', 200, '{"data":{"publishedPointers":null}}', 'something that the contract does not have'],
    ['wrong ids', 200, '{"data":{"publishedPointers":[1]}}', 'something that the contract does not have'],
    ['a refusal', 200, '{"errors":[{"message":"x","extensions":{"code":"ACCESS_DENIED"}}]}', 'refused: ACCESS_DENIED'],
    ['an error without a code', 500, '{"errors":[{"message":"999 000 0018"}]}', 'refused: UNKNOWN'],
  ])('is an error and not an empty list, when it answers %s', async (_what, status, body, message) => {
    const { client } = await answering(status, body);
    const error: unknown = await client.published(signal).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(new RegExp(`^LocatorError: .*(${message})`));
    expect(String(error)).not.toContain('999');
  });

  it('does not have a redirect followed: it would be shown the token', async () => {
    const elsewhere = await answering(200, '{"data":{"publishedPointers":[]}}');
    const { client } = await answering(307, '', { location: elsewhere.url });
    await expect(client.published(signal)).rejects.toThrow('The locator could not be asked');
    expect(elsewhere.received).toEqual([]);
  });

  it('gets the token in a header, and no NHS number in its address', async () => {
    const { client, received } = await answering(200, '{"data":{"publishPointers":{"ids":[]}}}');
    expect(await client.publish([{ id: 'RW5-1', pointer: pointer('a') }], signal)).toEqual([]);
    expect(received[0]?.headers).toMatchObject({ authorization: 'Bearer secret' });
    expect(received[0]?.body).not.toContain('"key"');
  });

  it('is not believed when it blames pointers that it was not sent', async () => {
    const { client } = await answering(
      200,
      JSON.stringify({
        errors: [{ extensions: { code: 'INVALID_RESOURCE', mistakes: [{ code: 'X', path: 'pointers[7].type' }] } }],
      }),
    );
    await expect(client.publish([{ id: 'RW5-1', pointer: pointer('a') }], signal)).rejects.toThrow(
      'refused: INVALID_RESOURCE',
    );
  });

  it('is an error that says so when it is not there', async () => {
    const client = createLocatorClient({ url: 'http://127.0.0.1:1/graphql', custodian: 'RW5', token: async () => 'x' });
    await expect(client.published(signal)).rejects.toThrow('The locator could not be asked: ECONNREFUSED.');
  });
});
