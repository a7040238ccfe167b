import type { OrganisationKind } from './organisations.ts';
import type { PointerContent, PointerStatus } from './pointers.ts';

/** The locator's tables as the database drivers hand them over; `migrations.ts` makes them. */
export interface Tables {
  organisation: OrganisationTable;
  succession: SuccessionTable;
  pointer: PointerTable;
}

interface OrganisationTable {
  ods_code: string;
  name: string;
  kind: OrganisationKind;
  /** Read as text: a driver would make a moment of it, in the machine's time zone. */
  valid_from: unknown;
  valid_to: unknown;
}

interface SuccessionTable {
  ods_code: string;
  successor: string;
}

interface PointerTable {
  id: string;
  status: PointerStatus;
  subject: string;
  type: string;
  custodian: string;
  author: string;
  content: PointerContent[];
  practice_setting: string | null;
  period_start: Date | null;
  period_end: Date | null;
  created: Date;
  last_updated: Date;
  replaces: string | null;
}
