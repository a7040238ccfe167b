import { z } from 'zod';
import { type AuditingGateway, tokenFor } from './tokens.ts';

/** The part of `fetch` that the audits need; node-fetch has it, and so has the one of the platform. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** A trust's subgraph, and what is known of its records. */
export interface TrustUnderAudit {
  /** The GraphQL endpoint. */
  readonly url: string;
  readonly fetch: Fetch;
  /** As whom the trust is asked; `null` for nobody, which is answered only by a trust that is open to all. */
  readonly gateway: AuditingGateway | null;
  /** NHS numbers of patients of whom the trust holds records; without them, audits about records cannot be shown. */
  readonly patients: readonly string[];
}

const errorShape = z.looseObject({
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
  extensions: z.looseObject({ code: z.string().optional() }).optional(),
});

const responseShape = z.looseObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(errorShape).optional(),
});

const entitiesShape = z.array(z.record(z.string(), z.unknown()).nullable());

/** What a trust answered to a question about patients. */
export interface Answer {
  /** One for each patient asked, in the trust's order; `null` for one it could not answer. */
  readonly entities: readonly (Readonly<Record<string, unknown>> | null)[];
  readonly errors: readonly z.infer<typeof errorShape>[];
  /** The whole answer as it came. */
  readonly text: string;
}

/** That a trust does not do what an audit is about, in words for whoever builds it. */
export class Broken extends Error {}

/** That there is nothing to see an audit by, such as no records of the kind. */
export class NotShown extends Error {}

/** Asks for fields of patients, as the gateway does. */
export async function askPatients(
  trust: TrustUnderAudit,
  nhsNumbers: readonly string[],
  selection: string,
): Promise<Answer> {
  const { data, errors, text } = await post(trust, {
    query: `query Audit($representations: [_Any!]!) { _entities(representations: $representations) { ... on Patient { ${selection} } } }`,
    variables: { representations: nhsNumbers.map((nhsNumber) => ({ __typename: 'Patient', nhsNumber })) },
  });
  const entities = entitiesShape.safeParse(data?._entities);
  if (!entities.success) throw new Broken('The answer has no list "data._entities".');
  return { entities: entities.data, errors: errors ?? [], text };
}

/** Sends a GraphQL request and reads the answer. */
export async function post(
  trust: TrustUnderAudit,
  request: { readonly query: string; readonly variables?: object },
): Promise<z.infer<typeof responseShape> & { readonly status: number; readonly text: string }> {
  const body = JSON.stringify(request);
  const { status, text } = await send(trust, body, trust.gateway ? tokenFor(trust.gateway, body) : undefined);
  return { ...readResponse(text), status, text };
}

/** Sends a body, with the value of the header `Authorization` where one is given. */
export async function send(
  { url, fetch }: TrustUnderAudit,
  body: string,
  authorization: string | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(authorization !== undefined && { authorization }),
    },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}

function readResponse(text: string): z.infer<typeof responseShape> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Broken('The answer is not JSON.');
  }
  const response = responseShape.safeParse(json);
  if (!response.success) throw new Broken('The answer is not a GraphQL response with "data" and "errors".');
  return response.data;
}
