import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/**
 * A second reading of sharing agreements, written from the words of `docs/agreements.md` alone: slow, simple, and without a line
 * in common with the gateway's. It takes it that the files are as they must be.
 */

/** A group, as it stands in `groups.yaml`. */
export interface GroupDocument {
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
}

/** A share, as it stands in an agreement's file. */
export interface ShareDocument {
  readonly level: 'POINTER' | 'CONTENT';
  readonly emergency?: boolean;
  readonly recordTypes: readonly string[] | 'all';
  readonly consumers: readonly string[] | 'everybody';
  readonly roles: readonly string[] | 'all' | 'clinicians';
  readonly purposes: readonly string[];
}

/** An agreement, as it stands in its file. */
export interface AgreementDocument {
  readonly id: string;
  readonly name: string;
  readonly from: string;
  readonly until?: string;
  readonly custodians: readonly string[];
  readonly shares: readonly ShareDocument[];
}

/** Everything that stands in a folder of agreements. */
export interface Documents {
  readonly groups: readonly GroupDocument[];
  readonly agreements: readonly AgreementDocument[];
}

/** Who asks, in which role, for what. */
export interface Asker {
  readonly organisation: string;
  readonly role: string;
  readonly purpose: string;
}

/** One cell of the matrix. */
export interface Question extends Asker {
  readonly custodian: string;
  readonly recordType: string;
  /** Whether the user has broken the glass for this patient. */
  readonly glassBroken: boolean;
  /** Today in the United Kingdom, `YYYY-MM-DD`. */
  readonly day: string;
}

/** What stands in a folder of agreements. */
export function documentsIn(folder: string): Documents {
  const read = (name: string) => parse(readFileSync(join(folder, name), 'utf8'));
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return {
    groups: names.includes('groups.yaml') ? read('groups.yaml') : [],
    agreements: names.filter((name) => name !== 'groups.yaml').map(read),
  };
}

/** What the agreements give to one who asks: the content, the pointer, or nothing at all (`null`). */
export function slowLevel(documents: Documents, question: Question): 'CONTENT' | 'POINTER' | null {
  const found = documents.agreements.flatMap((agreement) => {
    if (!isInForce(agreement, question.day)) return [];
    if (!isAmong(documents, agreement.custodians, question.custodian)) return [];
    return agreement.shares
      .filter((share) => fits(documents, share, question))
      .filter((share) => share.recordTypes === 'all' || share.recordTypes.includes(question.recordType))
      .filter((share) => share.emergency !== true || question.glassBroken)
      .map((share) => share.level);
  });
  if (found.includes('CONTENT')) return 'CONTENT';
  if (found.includes('POINTER')) return 'POINTER';
  return null;
}

/** Whether there is a share in force, on that day, that opens to one who asks when the glass is broken. */
export function slowMayBreakGlass(documents: Documents, asker: Asker, day: string): boolean {
  return documents.agreements
    .filter((agreement) => isInForce(agreement, day))
    .flatMap((agreement) => agreement.shares)
    .filter((share) => share.emergency === true)
    .some((share) => fits(documents, share, asker));
}

const CLINICIANS = [
  'paramedic',
  'crisis-clinician',
  'community-nurse',
  'midwife',
  'childrens-clinician',
  'liaison-clinician',
];

function fits(documents: Documents, share: ShareDocument, asker: Asker): boolean {
  if (share.consumers !== 'everybody' && !isAmong(documents, share.consumers, asker.organisation)) return false;
  if (share.roles === 'clinicians' && !CLINICIANS.includes(asker.role)) return false;
  if (typeof share.roles !== 'string' && !share.roles.includes(asker.role)) return false;
  return share.purposes.includes(asker.purpose);
}

function isInForce(agreement: AgreementDocument, day: string): boolean {
  // Midnights in UTC, in milliseconds since 1970.
  const today = Date.parse(day);
  if (today < Date.parse(agreement.from)) return false;
  if (agreement.until === undefined) return true;
  return today <= Date.parse(agreement.until);
}

function isAmong(documents: Documents, names: readonly string[], organisation: string): boolean {
  for (const name of names) {
    if (name.toUpperCase() === organisation) return true;
    if (!name.startsWith('group:')) continue;
    for (const group of documents.groups) {
      if (`group:${group.id}` !== name) continue;
      if (group.members.some((member) => member.toUpperCase() === organisation)) return true;
    }
  }
  return false;
}
