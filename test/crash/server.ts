import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { auditSigner } from '@caregraph/service/audit/keys.ts';
import { createLog } from '@caregraph/service/log.ts';
import { after } from '../../gateway/after.ts';
import { openAuditLog } from '../../gateway/audit/log.ts';
import { sendTo } from '../gateway/audit/harness.ts';
import { listen } from '../support/listen.ts';

/*
 * A process that stands where a gateway would: `POST /look?mark=M` records an entry whose operation has that name, with the
 * real audit log on a real disk, and is answered once the entry is recorded. It is told where everything is by its
 * first argument, and tells its parent where it listens.
 */

/** Where everything is. */
export interface CrashSetup {
  readonly folder: string;
  readonly witness: string;
  readonly keys: string;
  /** The origin of the receiver of audit lines. */
  readonly receiver: string;
  /** Segments are this long, so that new ones are begun under load as well. */
  readonly segmentBytes: number;
}

const setup: CrashSetup = JSON.parse(process.argv[2] ?? '');

const audit = await openAuditLog({
  folder: setup.folder,
  witness: setup.witness,
  gateway: 'urn:caregraph:gateway:crash',
  signer: auditSigner(JSON.parse(readFileSync(setup.keys, 'utf8'))),
  send: sendTo(setup.receiver),
  clock: { now: () => new Date(), elapsed: () => performance.now() },
  after,
  random: Math.random,
  newId: randomUUID,
  log: createLog({ name: 'crash', level: 'error', destination: process.stderr }),
  segmentBytes: setup.segmentBytes,
});

const server = createServer(async (request, response) => {
  const mark = new URL(request.url ?? '', 'http://localhost').searchParams.get('mark') ?? '';
  try {
    await audit.record({
      id: randomUUID(),
      at: new Date().toISOString(),
      caller: { user: 'u-1', organisation: 'RRU', role: 'paramedic', purpose: 'directcare' },
      breakGlass: [],
      patients: ['9876543210'],
      operation: { kind: 'query', name: mark, hash: 'c'.repeat(64), fields: ['patient'] },
      recordTypes: ['crisisPlans', 'contacts', 'alerts'],
      custodians: ['RW5', 'RXA', 'RXT'].map((custodian) => ({
        patient: 0,
        custodian,
        outcome: 'ANSWERED' as const,
        records: 6,
      })),
      result: 'RELEASED',
    });
    response.end(mark);
  } catch {
    response.writeHead(503).end();
  }
});

const { url, stop } = await listen(server);
process.once('SIGTERM', async () => {
  await stop();
  await audit.close();
  process.exit(0);
});
process.once('disconnect', () => process.exit(1));
process.send?.({ ready: true, url: new URL(url).origin });
