/** The tables of the access subgraph as the database drivers hand them over; `migrations.ts` makes them. */
export interface Tables {
  broken_glass: BrokenGlassTable;
  notice: NoticeTable;
  audit_chain: AuditChainTable;
  audit_line: AuditLineTable;
  look: LookTable;
}

/** Each time that the glass was broken, and what came of its review. */
export interface BrokenGlassTable {
  id: string;
  nhs_number: string;
  user_id: string;
  organisation: string;
  role: string;
  reason: string;
  at: Date;
  until: Date;
  finding: 'JUSTIFIED' | 'NOT_JUSTIFIED' | null;
  note: string | null;
  closed_by: string | null;
  closed_at: Date | null;
}

/** Whether a privacy officer has been told of a break-glass. */
interface NoticeTable {
  broken_glass: string;
  attempts: number;
  /** When it is to be tried next. */
  due_at: Date;
  delivered_at: Date | null;
}

/** Each chain of audit lines, as its first line says. */
interface AuditChainTable {
  chain: string;
  gateway: string;
  medium: 'journal' | 'direct';
}

interface AuditLineTable {
  chain: string;
  /** A `bigint`, which drivers hand over in different ways: `Number` makes one of it. */
  seq: unknown;
  hash: string;
  at: Date;
  /** The line as it was written. */
  line: string;
}

/** Which patients the entries among the lines are about, and who may be told of it. */
interface LookTable {
  nhs_number: string;
  at: Date;
  /** The entry's id. */
  entry: string;
  /** For which organisation somebody looked. */
  organisation: string;
  /** The custodians that the entry names for this patient. */
  custodians: string[];
  chain: string;
  seq: unknown;
}
