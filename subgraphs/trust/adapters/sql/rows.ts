import type { RecordCheck } from '../../check-record.ts';
import type { NHSNumber } from '../../records.ts';
import { type Columns, PATIENT_COLUMN } from './views.ts';

/** A row of a view as PostgreSQL's `row_to_json` writes it. */
export type Row = Readonly<Record<string, unknown>>;

/** What became of a row: a record of a patient, or the reason why it is none, without anything of its content. */
export type Mapped<R> = { readonly nhsNumber: NHSNumber; readonly record: R } | { readonly unmapped: string };

/** Makes records of the rows of one view. Pure. */
export type MapRow<R> = (row: Row) => Mapped<R>;

/**
 * The mapping of a view's rows. Names are changed and moments brought into one form; a row whose record the contract does
 * not allow is no record.
 */
export function rowMapper<R>(columns: Columns, check: RecordCheck): MapRow<R> {
  const fields = Object.entries(columns)
    .filter(([column]) => column !== PATIENT_COLUMN)
    .map(([column, type]) => ({ column, field: fieldOf(column), isMoment: type === 'timestamptz' }));
  const isRecord = (_record: unknown, problem: string | null): _record is R => problem === null;
  return (row) => {
    const nhsNumber = row[PATIENT_COLUMN];
    if (typeof nhsNumber !== 'string') return { unmapped: `${PATIENT_COLUMN}: missing` };
    const record = Object.fromEntries(
      fields.map(({ column, field, isMoment }) => [field, isMoment ? inUTC(row[column]) : (row[column] ?? null)]),
    );
    const problem = check(record);
    if (!isRecord(record, problem)) return { unmapped: problem ?? '' };
    if (String(row.id).includes(nhsNumber)) return { unmapped: 'id: holds the NHS number' };
    return { nhsNumber, record };
  };
}

/** The field that a column gives: `access_24_hour` is `access24Hour`. */
export const fieldOf = (column: string): string =>
  column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The connection speaks UTC, so a moment ends in `+00:00`; `infinity` and years before Christ are left for the check. */
export const inUTC = (moment: unknown): unknown =>
  typeof moment === 'string' ? moment.replace(/\+00:00$/, 'Z') : (moment ?? null);
