import { sql } from 'kysely';
import type { SqlDatabase } from './database.ts';
import { ViewsError } from './errors.ts';
import { type ColumnType, MAY_BE_MISSING, POINTERS_VIEW, RECORD_VIEWS, VIEWS_SCHEMA } from './views.ts';

/** A column that the database has. */
interface FoundColumn {
  readonly view: string;
  readonly column: string;
  /** As PostgreSQL writes it, without length. */
  readonly type: string;
  readonly readable: boolean;
}

/** How PostgreSQL writes the types that serve for each type that is wanted. */
const SERVING: Readonly<Record<ColumnType, readonly string[]>> = {
  text: ['text', 'character varying'],
  'text[]': ['text[]', 'character varying[]'],
  integer: ['integer', 'smallint'],
  boolean: ['boolean'],
  date: ['date'],
  timestamptz: ['timestamp with time zone'],
  jsonb: ['jsonb'],
};

// Not information_schema: it hides materialised views.
const COLUMNS = sql<FoundColumn>`
  select c.relname as "view", a.attname as "column", format_type(a.atttypid, null) as "type",
         has_schema_privilege(n.oid, 'usage') and has_column_privilege(c.oid, a.attnum, 'select') as "readable"
  from pg_catalog.pg_namespace n
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('v', 'm', 'r', 'p', 'f')
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where n.nspname = ${VIEWS_SCHEMA}`;

const MISSING_VIEWS: ReadonlySet<string> = new Set([...MAY_BE_MISSING].map((type) => RECORD_VIEWS[type].view));

/**
 * Resolves when every view that must be there has every column, of its type, and may be read; to the names of those that need
 * not be there, and are not.
 *
 * @throws ViewsError that names each one that is not so.
 */
export async function checkViews(database: SqlDatabase, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const found = await database.read(COLUMNS, signal);
  const missing = new Set<string>();
  const mistakes = [...Object.values(RECORD_VIEWS), POINTERS_VIEW].flatMap(({ view, columns }) => {
    const there = new Map(found.filter((each) => each.view === view).map((each) => [each.column, each]));
    if (there.size === 0 && MISSING_VIEWS.has(view)) {
      missing.add(view);
      return [];
    }
    if (there.size === 0) return [`${VIEWS_SCHEMA}.${view}: there is no such view`];
    return Object.entries(columns).flatMap(([column, wanted]) => {
      const mistake = mistakeOf(there.get(column), wanted);
      return mistake === null ? [] : [`${VIEWS_SCHEMA}.${view}.${column}: ${mistake}`];
    });
  });
  if (mistakes.length > 0) throw new ViewsError(mistakes);
  return missing;
}

function mistakeOf(column: FoundColumn | undefined, wanted: ColumnType): string | null {
  if (!column) return `there is no such column; it must be ${wanted}`;
  if (!SERVING[wanted].includes(column.type)) return `it is ${column.type}; it must be ${wanted}`;
  return column.readable ? null : 'this role may not read it; grant usage on the schema and select on the view';
}
