import { readLine } from '@caregraph/service/audit/chain.ts';
import { type AuditEvent, auditEvent } from './fhir.ts';
import { readJournal } from './verify-journal.ts';

/** Which entries are wanted. */
export interface Wanted {
  /** An NHS number, ten digits. */
  readonly patient: string;
  /** From this moment on, and before that one, in milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}

/** The entries of one patient as FHIR resources, and the chains that hold further entries of this gateway. */
export async function exportPatient(
  folders: readonly string[],
  { patient, since, until }: Wanted,
): Promise<{ events: AuditEvent[]; elsewhere: string[] }> {
  const events = new Map<string, AuditEvent>();
  const elsewhere: string[] = [];
  let gateway: string | undefined;
  for await (const { text } of readJournal(folders)) {
    const line = text === null ? null : readLine(text).line;
    if (line?.kind === 'opened') gateway = line.gateway;
    if (line?.kind === 'elsewhere') elsewhere.push(line.other.chain);
    if (line?.kind !== 'entry') continue;
    const { entry, chain } = line;
    const at = Date.parse(entry.at);
    const place = entry.patients.indexOf(patient);
    if (place < 0 || at < since || at >= until) continue;
    // The segment that names the gateway may have been archived.
    events.set(entry.id, auditEvent(entry, gateway ?? `urn:caregraph:chain:${chain}`, place));
  }
  return { events: [...events.values()], elsewhere };
}
