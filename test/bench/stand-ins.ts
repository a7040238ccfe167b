import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Listening, listen } from '../support/listen.ts';

/** How many trusts there are, how many hold something of each patient, and how many records of each kind. */
export const TRUSTS = 12;
export const HOLDERS = 3;
export const RECORDS = 6;

export const code = (n: number): string => `RT${String(n).padStart(2, '0')}`;

const RECORD = {
  title: 'Crisis plan',
  whatHelps: ['Being spoken to slowly', 'A quiet room'],
  name: 'Crisis team',
  text: 'Lives alone with a dog',
};

/** Answers of a trust that cost it nothing: whatever is asked, the same records. */
export const trustAnswer = ({ query, variables }: { query: string; variables: Record<string, unknown> }): unknown => {
  const [alias = 'g0'] = /g\d+(?=: _entities)/.exec(query) ?? [];
  const representations = Object.values(variables).find(
    (value): value is { nhsNumber: string }[] =>
      Array.isArray(value) && value.some((each) => typeof each === 'object' && each !== null && 'nhsNumber' in each),
  );
  const list = (n: number) =>
    Array.from({ length: RECORDS / 3 }, (_, i) => ({
      ...RECORD,
      gatherId: `${n}-${i}`,
      gatherOrder: n === 1 ? i : `2026-01-0${i + 1}T00:00:00Z`,
    }));
  const entity = ({ nhsNumber }: { nhsNumber: string }) => ({
    gatherKey: nhsNumber,
    f0: list(0),
    f1: list(1),
    f2: list(2),
  });
  return { data: { [alias]: (representations ?? []).map(entity) } };
};

/** Answers of an access subgraph: nobody has broken any glass, and every line of the audit is kept. */
export const accessAnswer = (body: { users?: unknown[]; lines?: string[] }): unknown => {
  if (body.users) return { grants: body.users.map(() => []) };
  const last = body.lines?.at(-1);
  return last ? { upTo: JSON.parse(last).seq } : { seq: 0, hash: null };
};

/** Answers of a locator: three of the trusts for each patient, which ones by the number's last digits. */
export const holdersOf = (nhsNumber: string): string[] =>
  Array.from({ length: HOLDERS }, (_, i) => code((Number(nhsNumber.slice(6)) + i * 5) % TRUSTS)).sort();

/** A server that answers JSON with JSON. */
export async function standIn<Body>(answer: (body: Body) => unknown): Promise<Listening> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = JSON.stringify(answer((await json(request)) as Body));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  };
  const server: Server = createServer((request, response) => void handle(request, response));
  return listen(server);
}
