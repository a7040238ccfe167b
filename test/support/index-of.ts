import { createServer, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { contract } from '@caregraph/schema/contract.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import { graphql, parse } from 'graphql';
import { listen } from './listen.ts';

/** A locator that knows what it was told, on a real server. */
export interface TestLocator {
  readonly url: string;
  readonly received: {
    readonly query: string;
    readonly variables: Record<string, unknown>;
    readonly extensions?: unknown;
  }[];
  /** The pointers of each patient. */
  readonly pointers: Record<string, readonly object[]>;
  /** Answers by hand from here on. */
  answer: ((response: ServerResponse) => void) | null;
  /** Changes every answer from here on. */
  tamper: ((body: unknown) => unknown) | null;
  stop(): Promise<void>;
}

/** Serves the locator's contract over a table: for each patient, the custodians to name. */
export async function startLocator(custodians: Readonly<Record<string, readonly string[]>>): Promise<TestLocator> {
  const patient = (nhsNumber: string): object => ({
    __typename: 'Patient',
    nhsNumber,
    custodians: custodians[nhsNumber] ?? [],
    pointers: locator.pointers[nhsNumber] ?? [],
  });
  const organisation = (odsCode: string): object => ({
    __typename: 'Organisation',
    odsCode,
    name: `Trust ${odsCode}`,
    kind: 'MENTAL_HEALTH_TRUST',
    succeededBy: [],
  });
  const schema = buildSubgraphSchema([
    {
      typeDefs: parse(contract('locator')),
      resolvers: {
        ...scalars,
        Query: {
          patient: (_: unknown, { nhsNumber }: { nhsNumber: string }) => patient(nhsNumber),
          patients: (_: unknown, { nhsNumbers }: { nhsNumbers: string[] }) => nhsNumbers.map(patient),
          organisation: (_: unknown, { odsCode }: { odsCode: string }) => organisation(odsCode),
          organisations: () => [],
        },
        Patient: { __resolveReference: ({ nhsNumber }: { nhsNumber: string }) => patient(nhsNumber) },
        Organisation: { __resolveReference: ({ odsCode }: { odsCode: string }) => organisation(odsCode) },
      },
    },
  ]);
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await json(request)) as { query: string; variables: Record<string, unknown> };
      locator.received.push(body);
      if (locator.answer) {
        locator.answer(response);
        return;
      }
      const result = await graphql({ schema, source: body.query, variableValues: body.variables });
      const plain: unknown = JSON.parse(JSON.stringify(result));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(locator.tamper ? locator.tamper(plain) : plain));
    })();
  });
  const listening = await listen(server);
  const locator: TestLocator = {
    ...listening,
    received: [],
    pointers: {},
    answer: null,
    tamper: null,
  };
  return locator;
}
