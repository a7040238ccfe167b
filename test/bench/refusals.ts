import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { createAuthenticator } from '@caregraph/service/authenticate.ts';
import { parse } from 'graphql';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';

/**
 * `node test/bench/refusals.ts`: what it costs to refuse a caller, beside what it costs to parse an ordinary query, side by
 * side in one run. An accepted token is measured as well, for the signature that a refused one is spared.
 */

const TIMES = 2_000;
const WARM_UP = 500;

const [issuer, audience] = ['https://issuer.example', 'https://caregraph.example'];
const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
const folder = mkdtempSync(join(tmpdir(), 'caregraph-refusals-'));
const file = join(folder, 'jwks.json');
writeFileSync(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'EdDSA' }] }));
const authenticator = createAuthenticator({ issuer, audience, jwks: { file } });

const sign = (aud: string, header: Partial<JWTHeaderParameters> = {}, key: CryptoKey | Uint8Array = privateKey) =>
  new SignJWT({
    nhsid_useruid: '555254239107',
    nhsid_nrbac_roles: [{ person_roleid: '555254242102', org_code: 'RRU', role_code: 'S8000:G8000:R1070' }],
    reason_for_request: 'directcare',
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: 'one', ...header })
    .setIssuer(issuer)
    .setAudience(aud)
    .setSubject('555254239107')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);

const good = await sign(audience);
const [, claims, signature] = good.split('.');
const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${claims}.`;
const onward = { typ: 'caregraph-onward+jwt' };
const secret = new TextEncoder().encode(await exportSPKI(publicKey));

const refusals: Readonly<Record<string, string | undefined>> = {
  'without a token': undefined,
  'alg none': `Bearer ${none}`,
  'alg none, with a signature': `Bearer ${none}${signature}`,
  'HS256 by the public key': `Bearer ${await sign(audience, { alg: 'HS256' }, secret)}`,
  'a wrong audience': `Bearer ${await sign('https://other.example')}`,
  'a token for a trust': `Bearer ${await sign('RW5', onward)}`,
};
const query = schemaFile('operations/crisis.graphql');

const subjects: Readonly<Record<string, () => unknown>> = {
  [`parse of crisis.graphql (${query.length} characters)`]: () => parse(query),
  ...Object.fromEntries(Object.entries(refusals).map(([name, header]) => [name, () => refused(header)])),
  'accepted, for comparison': () => authenticator.authenticate(`Bearer ${good}`),
};

const taken = new Map<string, number[]>(Object.keys(subjects).map((name) => [name, []]));
// Turn by turn, so that whatever else the machine does falls on all of them.
for (let i = -WARM_UP; i < TIMES; i++) {
  for (const [name, subject] of Object.entries(subjects)) {
    const start = process.hrtime.bigint();
    await subject();
    if (i >= 0) taken.get(name)?.push(Number(process.hrtime.bigint() - start) / 1_000);
  }
}
authenticator.close();
rmSync(folder, { recursive: true });

const median = (values: readonly number[] = []): number => values.toSorted((a, b) => a - b)[TIMES / 2] ?? Number.NaN;
const medians = [...taken].map(([name, values]) => ({ name, us: median(values) }));
const parsing = medians[0]?.us ?? Number.NaN;
process.stdout.write(`medians of ${TIMES}, turn by turn in one run\n`);
for (const { name, us } of medians) {
  process.stdout.write(`${name.padEnd(44)}${us.toFixed(1).padStart(8)} µs  ${(us / parsing).toFixed(2)}\n`);
}

async function refused(header: string | undefined): Promise<void> {
  let accepted = false;
  try {
    await authenticator.authenticate(header);
    accepted = true;
  } catch {}
  if (accepted) throw new Error('A token was accepted that should not have been.');
}
