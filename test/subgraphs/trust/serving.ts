import { type Guard, OPEN } from '@caregraph/service/guard.ts';
import { createLog } from '@caregraph/service/log.ts';
import type { OnwardCaller } from '@caregraph/service/onward.ts';
import type { Served } from '@caregraph/service/serve.ts';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { serveTrust } from '../../../subgraphs/trust/serve-trust.ts';
import type { TrustSource } from '../../../subgraphs/trust/source.ts';

/** A GraphQL response as it came over HTTP. */
const responseShape = z.looseObject({
  data: z.looseObject({ _entities: z.array(z.record(z.string(), z.unknown()).nullable()).default([]) }).nullish(),
  errors: z
    .array(
      z.looseObject({
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        extensions: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .default([]),
});
export type Response = z.infer<typeof responseShape>;

export interface Trust extends Served {
  /** What was logged, a line each. */
  readonly logged: string[];
  /** Sends a GraphQL request over HTTP. */
  post(query: string, variables?: object): Promise<Response>;
  /** Asks for fields of patients over HTTP. */
  ask(nhsNumbers: readonly unknown[], selection: string, headers?: Record<string, string>): Promise<Response>;
  /** Asks for fields of representations over HTTP. */
  askAbout(representations: unknown, selection: string, headers?: Record<string, string>): Promise<Response>;
}

export interface ServeOptions {
  readonly now?: string;
  /** Everybody is let in by default. */
  readonly guard?: Guard<OnwardCaller | null>;
}

/** Serves a trust over a source for as long as a test runs. */
export async function serve(
  source: TrustSource,
  { now = '2026-01-12T12:00:00Z', guard = OPEN }: ServeOptions = {},
): Promise<Trust> {
  const logged: string[] = [];
  const served = await serveTrust({
    organisation: { odsCode: 'RW5', name: 'Lancashire Care' },
    source,
    log: createLog({ name: 'trust', destination: { write: (line) => logged.push(line) } }),
    clock: () => new Date(now),
    host: '127.0.0.1',
    port: 0,
    guard,
    development: false,
  });
  onTestFinished(() => served.close());
  const post = async (
    query: string,
    variables: object = {},
    headers: Record<string, string> = {},
  ): Promise<Response> => {
    const answer = await fetch(`${served.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return responseShape.parse(await answer.json());
  };
  const askAbout: Trust['askAbout'] = (representations, selection, headers) =>
    post(
      `query Test($representations: [_Any!]!) { _entities(representations: $representations) { ... on Patient { ${selection} } } }`,
      { representations },
      headers,
    );
  return {
    ...served,
    logged,
    post,
    askAbout,
    ask: (nhsNumbers, selection, headers) =>
      askAbout(
        nhsNumbers.map((nhsNumber) => ({ __typename: 'Patient', nhsNumber })),
        selection,
        headers,
      ),
  };
}
