import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseNHSNumber } from '@caregraph/schema/scalars.ts';
import fetch from 'node-fetch';
import { mayTakePart, type Outcome, runAudits } from './run-audits.ts';

const USAGE = `Checks a trust's subgraph against the contract.

  node subgraphs/trust/conformance/main.ts --url http://127.0.0.1:4201/graphql [--patients FILE] [--token FILE]

  --patients  a file with NHS numbers, a line each, of patients of whom the trust holds records
  --token     a file with a bearer token to send

Ends with status 0 when no MUST is broken, 1 when one is, 2 when it could not be asked.`;

const TIMEOUT_MS = 30_000;

const { values } = parseArgs({
  options: { url: { type: 'string' }, patients: { type: 'string' }, token: { type: 'string' } },
});
if (!values.url) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

const lines = async (file: string | undefined): Promise<string[]> =>
  file === undefined ? [] : (await readFile(file, 'utf8')).split('\n').flatMap((line) => line.trim() || []);
const [token] = await lines(values.token);

const outcomes: Outcome[] = [];
for await (const outcome of runAudits({
  url: values.url,
  fetch: (url, init) => fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) }),
  headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  patients: (await lines(values.patients)).map(parseNHSNumber),
})) {
  outcomes.push(outcome);
  const { audit, kept } = outcome;
  const mark = kept === null ? '?' : kept ? '✓' : '✗';
  process.stdout.write(`${mark} ${audit.id} ${audit.name}\n${kept === true ? '' : `       ${outcome.reason}\n`}`);
}
const count = (kept: Outcome['kept']): number => outcomes.filter((outcome) => outcome.kept === kept).length;
process.stdout.write(`${count(true)} kept, ${count(false)} broken, ${count(null)} not shown\n`);
process.exitCode = mayTakePart(outcomes) ? 0 : 1;
