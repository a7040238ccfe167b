import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseNHSNumber, parseODSCode } from '@caregraph/schema/scalars.ts';
import { openPrivateKeys } from '@caregraph/service/private-keys.ts';
import fetch from 'node-fetch';
import { mayTakePart, type Outcome, runAudits } from './run-audits.ts';
import type { AuditingGateway } from './tokens.ts';

const USAGE = `Checks a trust's subgraph against the contract.

  node subgraphs/trust/conformance/main.ts --url http://127.0.0.1:4201/graphql [--patients FILE]
                                           [--keys FILE --issuer ISSUER --org ODS]

  --patients  a file with NHS numbers, a line each, of patients of whom the trust holds records
  --keys      a file of private keys (RFC 7517), as whose gateway to ask; it is made when it does not exist, and the public
              keys, for the trust's configuration, are written to FILE.public
  --issuer    the issuer that the trust's configuration names for these keys
  --org       the trust's ODS code

Ends with status 0 when no MUST is broken, 1 when one is, 2 when it could not be asked.`;

const TIMEOUT_MS = 30_000;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    patients: { type: 'string' },
    keys: { type: 'string' },
    issuer: { type: 'string' },
    org: { type: 'string' },
  },
});
const { keys: keyFile, issuer, org } = values;
if (!values.url || new Set([keyFile, issuer, org].map((value) => value === undefined)).size > 1) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

const lines = async (file: string | undefined): Promise<string[]> =>
  file === undefined ? [] : (await readFile(file, 'utf8')).split('\n').flatMap((line) => line.trim() || []);
const gateway =
  keyFile !== undefined && issuer !== undefined && org !== undefined ? await gatewayOf(keyFile, issuer, org) : null;

const outcomes: Outcome[] = [];
for await (const outcome of runAudits({
  url: values.url,
  fetch: (url, init) => fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) }),
  gateway,
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

async function gatewayOf(file: string, issuer: string, audience: string): Promise<AuditingGateway> {
  const keys = openPrivateKeys(file);
  const key = keys.signing();
  await writeFile(`${file}.public`, JSON.stringify(keys.publicJwks()));
  keys.close();
  return { issuer, audience: parseODSCode(audience), key, now: () => new Date() };
}
