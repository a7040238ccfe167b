import { createServer, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { createEarlyWarning } from '@caregraph/early-warning/early-warning.ts';
import { inForce } from '@caregraph/early-warning/rules.ts';
import { graphql } from 'graphql';
import { type Listening, listen } from './listen.ts';

/** The early-warning subgraph with its usual thresholds, on a real server. */
export interface TestEarlyWarning extends Listening {
  /** The requests that came. */
  readonly received: { readonly query: string; readonly variables: Record<string, unknown> }[];
  /** Answers by hand from here on. */
  answer: ((response: ServerResponse) => void) | null;
}

export async function startEarlyWarning(): Promise<TestEarlyWarning> {
  const schema = createEarlyWarning(inForce());
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await json(request)) as { query: string; variables: Record<string, unknown> };
      earlyWarning.received.push(body);
      if (earlyWarning.answer) {
        earlyWarning.answer(response);
        return;
      }
      const { query: source, variables: variableValues } = body;
      const result = await graphql({ schema, source, variableValues, contextValue: { now: new Date() } });
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(result));
    })();
  });
  const listening = await listen(server);
  const earlyWarning: TestEarlyWarning = { ...listening, received: [], answer: null };
  return earlyWarning;
}
