import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessSubgraph, type CallAccess } from '@caregraph/gateway/access/access-subgraph.ts';
import { createGlass } from '@caregraph/gateway/access/glass.ts';
import { after } from '@caregraph/gateway/after.ts';
import { type AuditLog, openAuditLog } from '@caregraph/gateway/audit/log.ts';
import { createTransport } from '@caregraph/gateway/trusts/transport.ts';
import { verify } from '@caregraph/service/audit/verify.ts';
import { createLog } from '@caregraph/service/log.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ACCESS_LOG,
  BREAK_GLASS,
  createSubject,
  type Data,
  entry,
  newPatient,
  officer,
  PARAMEDIC,
  REASON,
  type Subject,
} from './harness.ts';

/** On a busy machine things take their time. */
const PATIENTLY = { timeout: 20_000 };

/** The gateway's own code at the other end of the wire. */
describe('a gateway and the access subgraph', () => {
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-access-gateway-'));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const clock = { now: () => new Date(), elapsed: () => performance.now() };
  const transport = createTransport();
  let subject: Subject;
  let call: CallAccess;

  beforeAll(async () => {
    subject = await createSubject({ memory: true });
    call = accessSubgraph(`${subject.url}/graphql`, transport, subject.signer);
  });
  afterAll(async () => {
    await transport.close();
    await subject.close();
    rmSync(folder, { recursive: true });
  });

  const openLog = (name: string): Promise<AuditLog> =>
    openAuditLog({
      folder: join(folder, name),
      witness: join(folder, `${name}.witness`),
      gateway: `https://${name}.example`,
      signer: { keyId: 'test', sign: (bytes) => sign(null, bytes, privateKey) },
      send: call,
      clock,
      after,
      random: Math.random,
      newId: () => crypto.randomUUID(),
      log: createLog({ name: 'gateway', destination: { write: () => {} } }),
    });
  const looks = async (patient: string): Promise<Data> =>
    (await subject.ask(ACCESS_LOG, { n: patient, first: 500 }, officer('RRU'))).data.accessLog;

  test('bring every look to the officer, once, and say until when nothing is missing', async () => {
    const patient = newPatient();
    const first = await openLog('one');
    const entries = Array.from({ length: 100 }, () => entry({ patients: [patient] }).entry);
    await Promise.all(entries.map((each) => first.record(each)));
    await expect.poll(async () => (await looks(patient)).entries.length, PATIENTLY).toBe(100);
    await first.close();
    // The same journal, opened again, goes on where it has got to.
    const again = await openLog('one');
    const last = entry({ patients: [patient] }).entry;
    const recorded = Date.now();
    await again.record(last);
    await again.close();

    const log = await looks(patient);
    expect(log.entries.map(({ id }: Data) => id).toSorted()).toEqual([...entries, last].map(({ id }) => id).toSorted());
    expect(log.gateways).toMatchObject([{ name: 'https://one.example' }]);
    expect(Date.parse(log.gateways[0].completeUntil)).toBeGreaterThanOrEqual(recorded);

    const rows = await subject.database.db.selectFrom('audit_line').select('line').orderBy('seq').execute();
    const lines = rows.map(({ line }) => line);
    expect(verify(lines, new Map([['test', publicKey]])).findings).toEqual([]);
  });

  test('tell of broken glass as soon as it is broken', async () => {
    const glass = createGlass((body, signal) => call('/glass', body, signal));
    const caller = { ...PARAMEDIC, role: 'paramedic' } as const;
    const patience = { signal: new AbortController().signal, remainingMs: () => 5_000 };
    const grants = (): Promise<unknown> => glass.grants(caller, patience);
    await expect.poll(grants, PATIENTLY).toEqual([]);
    const patient = newPatient();
    const { data } = await subject.ask(BREAK_GLASS, { n: patient, reason: REASON });
    // A gateway does not wait long for it, and asks again with the next request.
    await expect.poll(grants, PATIENTLY).toMatchObject([{ id: data.breakGlass.id, nhsNumber: patient }]);
  });
});
