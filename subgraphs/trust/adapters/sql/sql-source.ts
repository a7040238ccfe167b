import { startOfDay } from '@caregraph/service/uk-time.ts';
import { type RawBuilder, sql } from 'kysely';
import { contractSchema, recordChecks } from '../../contract-schema.ts';
import type { LocalDate, NHSNumber } from '../../records.ts';
import {
  type Ask,
  type Batch,
  type Pointer,
  type RecordTypes,
  type TrustSource,
  UnsupportedRecordType,
} from '../../source.ts';
import { checkViews } from './check-views.ts';
import { openDatabase, type SqlDatabase, type SqlDatabaseOptions } from './database.ts';
import { SqlReadError } from './errors.ts';
import { mapPointerRow } from './pointer-row.ts';
import { type Row, rowMapper } from './rows.ts';
import { MAY_BE_MISSING, PATIENT_COLUMN, POINTERS_VIEW, RECORD_VIEWS, type RecordView, VIEWS_SCHEMA } from './views.ts';

/**
 * A trust's records in PostgreSQL, through the views of docs/sql-views.md. Each question is one statement, which only
 * reads; a row that breaks a rule is left out and counted, each time that it is read.
 *
 * Rejects with `SqlReadError` when a view cannot be read, and `ready` with `ViewsError` when one is not as it must be. A record
 * type whose view may be missing, and is, rejects with `UnsupportedRecordType` until `ready` has seen the view.
 *
 * @param onMissing told of each view that may be missing, and is, by its name: once.
 */
export function createSqlSource(
  options: SqlDatabaseOptions,
  onMissing: (view: string) => void = () => {},
): TrustSource {
  const database = openDatabase(options);
  const checks = recordChecks(contractSchema());
  const unmapped = new Map<string, number>();
  const leaveOut = ({ view }: RecordView, reason: string): void => {
    const key = `${view}.${reason}`;
    unmapped.set(key, (unmapped.get(key) ?? 0) + 1);
  };

  /** The views that are missing, as last seen; `null` before anybody has looked. */
  let missing: ReadonlySet<string> | null = null;
  const told = new Set<string>();

  async function look(signal: AbortSignal): Promise<ReadonlySet<string>> {
    missing = await checkViews(database, signal);
    for (const view of missing) {
      if (!told.has(view)) onMissing(`${VIEWS_SCHEMA}.${view}`);
      told.add(view);
    }
    return missing;
  }

  async function isMissing({ view }: RecordView, signal: AbortSignal): Promise<boolean> {
    try {
      return (missing ?? (await look(signal))).has(view);
    } catch (error) {
      signal.throwIfAborted();
      throw new SqlReadError(`${VIEWS_SCHEMA}.${view}`, error);
    }
  }

  function reader<Type extends keyof RecordTypes>(
    type: Type,
  ): (nhsNumbers: readonly NHSNumber[], ask: Ask) => Promise<Batch<RecordTypes[Type]>> {
    const view = RECORD_VIEWS[type];
    const check = checks.get(type);
    if (!check) throw new Error(`The contract has no ${type}.`);
    const mapRow = rowMapper<RecordTypes[Type]>(view.columns, check);
    return async (nhsNumbers, { signal, since }) => {
      if (MAY_BE_MISSING.has(type) && (await isMissing(view, signal)))
        throw new UnsupportedRecordType(type, `there is no view ${VIEWS_SCHEMA}.${view.view}`);
      const batch = new Map<NHSNumber, RecordTypes[Type][]>();
      for (const row of await rowsOf(database, view, wanted(type, nhsNumbers, since), signal)) {
        const mapped = mapRow(row);
        if ('unmapped' in mapped) {
          leaveOut(view, mapped.unmapped);
          continue;
        }
        const records = batch.get(mapped.nhsNumber);
        if (records) records.push(mapped.record);
        else batch.set(mapped.nhsNumber, [mapped.record]);
      }
      return batch;
    };
  }

  return {
    demographics: reader('demographics'),
    crisisPlans: reader('crisisPlans'),
    contacts: reader('contacts'),
    alerts: reader('alerts'),
    careContacts: reader('careContacts'),
    hospitalSpells: reader('hospitalSpells'),
    legalStatuses: reader('legalStatuses'),
    referrals: reader('referrals'),
    async *pointers(signal): AsyncGenerator<Pointer> {
      // One statement, so that the pointers are those of one moment.
      for (const row of await rowsOf(database, POINTERS_VIEW, sql`true`, signal)) {
        const mapped = mapPointerRow(row);
        if ('pointer' in mapped) yield mapped.pointer;
        else leaveOut(POINTERS_VIEW, mapped.unmapped);
      }
    },
    unmapped: () => unmapped,
    async ready(signal) {
      await look(signal);
    },
    close: () => database.close(),
  };
}

/** Which rows of a view are asked for. What the kit would leave out because of `since` is not even read. */
function wanted(
  type: keyof RecordTypes,
  nhsNumbers: readonly NHSNumber[],
  since: LocalDate | null,
): RawBuilder<boolean> {
  const ofPatients = sql<boolean>`${sql.ref(PATIENT_COLUMN)} = any(${nhsNumbers}::text[])`;
  if (since === null) return ofPatients;
  const from = new Date(startOfDay(since)).toISOString();
  switch (type) {
    case 'careContacts':
      return sql`${ofPatients} and "start" >= ${from}`;
    case 'hospitalSpells':
    case 'legalStatuses':
    case 'referrals':
      return sql`${ofPatients} and ("end" is null or "end" >= ${from})`;
    default:
      return ofPatients;
  }
}

async function rowsOf(
  database: SqlDatabase,
  { view, columns }: RecordView,
  where: RawBuilder<boolean>,
  signal: AbortSignal,
): Promise<Row[]> {
  // As JSON, moments, days and lists come out the same from every driver. Distinct, because a join in a view that finds
  // a row twice would otherwise show it twice.
  const statement = sql<{ row: Row }>`
    select row_to_json(r) as "row" from (
      select distinct ${sql.join(Object.keys(columns).map((column) => sql.ref(column)))}
      from ${sql.table(`${VIEWS_SCHEMA}.${view}`)}
      where ${where}
    ) r`;
  try {
    const found = await database.read(statement, signal);
    return found.map(({ row }) => row);
  } catch (error) {
    signal.throwIfAborted();
    throw new SqlReadError(`${VIEWS_SCHEMA}.${view}`, error);
  }
}
