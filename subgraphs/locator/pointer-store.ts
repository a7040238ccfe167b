import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database } from './database.ts';
import { type Mistake, refusal } from './mistakes.ts';
import { type NewPointer, type Pointer, saysTheSame } from './pointers.ts';
import type { Tables } from './tables.ts';
import { mayReplace, mayWithdraw, notFound, publishedAgain } from './transitions.ts';

/** That an organisation holds something of a patient. */
export interface Custody {
  readonly subject: string;
  readonly custodian: string;
}

/** The register of pointers. What it refuses it refuses whole, with every mistake (`refusal`), and changes nothing. */
export interface PointerStore {
  /** Who holds something of these patients: the custodians of their current pointers. */
  custodies(subjects: readonly string[], signal: AbortSignal): Promise<Custody[]>;
  /** Whether it holds any pointer at all, of whatever status. */
  holdsAny(signal: AbortSignal): Promise<boolean>;
  /** The current pointers of these patients, latest first. */
  current(subjects: readonly string[], signal: AbortSignal): Promise<Pointer[]>;
  /** The ids of a custodian's current pointers that come after an id, in their order, and no more than `first`. */
  currentIds(custodian: string, after: string | null, first: number, signal: AbortSignal): Promise<string[]>;
  /** Enters pointers of different ids. Those that stand there already, and say the same, change nothing. */
  publish(pointers: readonly PlacedPointer[], now: Date, signal: AbortSignal): Promise<void>;
  /** Enters a pointer in the place of another of the same custodian. The same call again changes nothing. */
  supersede(id: string, replacement: NewPointer, now: Date, signal: AbortSignal): Promise<void>;
  /** Marks a custodian's pointers as entered in error; resolves to how many were not before. */
  withdraw(ids: readonly string[], now: Date, signal: AbortSignal): Promise<number>;
}

/** A pointer, and where it stands in the caller's arguments. */
export interface PlacedPointer {
  readonly path: string;
  readonly pointer: NewPointer;
}

/** The register of pointers in a database. */
export function createPointerStore({ db, during }: Database): PointerStore {
  /** Enters those whose id is free, in one statement with one parameter, however many; resolves to their ids. */
  const enter = async (
    transaction: Kysely<Tables>,
    pointers: readonly NewPointer[],
    replaces: string | null,
    now: Date,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> => {
    // In the order of their ids: two calls that overlap then wait for each other, and not both for ever.
    const sorted = pointers.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const { rows } = await sql<{ id: string }>`
      insert into pointer (id, status, subject, type, custodian, author, content, practice_setting,
                           period_start, period_end, created, last_updated, replaces)
      select id, 'CURRENT', subject, type, custodian, author, content, "practiceSetting",
             "periodStart", "periodEnd", ${now}::timestamptz, ${now}::timestamptz, ${replaces}::text
      from jsonb_to_recordset(${JSON.stringify(sorted)}::jsonb)
        as given (id text, subject text, type text, custodian text, author text, content jsonb,
                  "practiceSetting" text, "periodStart" timestamptz, "periodEnd" timestamptz)
      on conflict (id) do nothing
      returning id`.execute(transaction, during(signal));
    return new Set(rows.map((row) => row.id));
  };

  const standing = async (
    transaction: Kysely<Tables>,
    ids: readonly string[],
    lock: 'locked' | 'unlocked',
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Pointer>> => {
    const query = transaction
      .selectFrom('pointer')
      .selectAll()
      .where(sql<boolean>`id = any(${ids}::text[])`)
      .orderBy('id');
    const rows = await (lock === 'locked' ? query.forUpdate() : query).execute(during(signal));
    return new Map(rows.map((row) => [row.id, fromRow(row)]));
  };

  return {
    async custodies(subjects, signal) {
      return db
        .selectFrom('pointer')
        .select(['subject', 'custodian'])
        .distinct()
        .where('status', '=', sql.lit('CURRENT'))
        .where(sql<boolean>`subject = any(${subjects}::text[])`)
        .execute(during(signal));
    },

    async holdsAny(signal) {
      const [row] = await db.selectFrom('pointer').select('id').limit(1).execute(during(signal));
      return row !== undefined;
    },

    async current(subjects, signal) {
      const rows = await db
        .selectFrom('pointer')
        .selectAll()
        .where('status', '=', sql.lit('CURRENT'))
        .where(sql<boolean>`subject = any(${subjects}::text[])`)
        .orderBy('last_updated', 'desc')
        .orderBy('id')
        .execute(during(signal));
      return rows.map(fromRow);
    },

    async currentIds(custodian, after, first, signal) {
      const rows = await db
        .selectFrom('pointer')
        .select('id')
        .where('status', '=', sql.lit('CURRENT'))
        .where('custodian', '=', custodian)
        .where('id', '>', after ?? '')
        .orderBy('id')
        .limit(first)
        .execute(during(signal));
      return rows.map((row) => row.id);
    },

    async publish(pointers, now, signal) {
      await db.transaction().execute(async (transaction) => {
        const all = pointers.map(({ pointer }) => pointer);
        const entered = await enter(transaction, all, null, now, signal);
        const left = pointers.filter(({ pointer }) => !entered.has(pointer.id));
        if (left.length === 0) return;
        const ids = left.map(({ pointer }) => pointer.id);
        const there = await standing(transaction, ids, 'unlocked', signal);
        const mistakes: Mistake[] = [];
        for (const { pointer, path } of left) {
          const other = there.get(pointer.id);
          if (!other) throw new Error('A pointer was neither entered nor there.');
          const mistake = publishedAgain(pointer, other, path);
          if (mistake) mistakes.push(mistake);
        }
        if (mistakes.length > 0) throw refusal(mistakes);
      });
    },

    async supersede(id, replacement, now, signal) {
      await db.transaction().execute(async (transaction) => {
        const old = (await standing(transaction, [id], 'locked', signal)).get(id);
        if (!old) throw refusal([notFound('id')]);
        // Read after the lock is held: the same call may have been waited for, and its pointer is there only now.
        const other = (await standing(transaction, [replacement.id], 'unlocked', signal)).get(replacement.id);
        if (other && other.replaces === id && other.status === 'CURRENT' && saysTheSame(replacement, other)) return;
        const mistakes = mayReplace(old, replacement);
        if (mistakes.length > 0) throw refusal(mistakes);
        await transaction
          .updateTable('pointer')
          .set({ status: 'SUPERSEDED', last_updated: now })
          .where('id', '=', id)
          .execute(during(signal));
        const entered = await enter(transaction, [replacement], id, now, signal);
        if (entered.size === 0) {
          const message = 'Another pointer has this id. Give the replacement an id of its own, or leave the id out.';
          throw refusal([{ code: 'DUPLICATE_REJECTED', path: 'replacement.id', message }]);
        }
      });
    },

    async withdraw(ids, now, signal) {
      return db.transaction().execute(async (transaction) => {
        const there = await standing(transaction, ids, 'locked', signal);
        const mistakes: Mistake[] = [];
        for (const [i, id] of ids.entries()) {
          const pointer = there.get(id);
          const mistake = pointer ? mayWithdraw(pointer.status, `ids[${i}]`) : notFound(`ids[${i}]`);
          if (mistake) mistakes.push(mistake);
        }
        if (mistakes.length > 0) throw refusal(mistakes);
        const { numUpdatedRows } = await transaction
          .updateTable('pointer')
          .set({ status: 'ENTERED_IN_ERROR', last_updated: now })
          .where('status', '=', sql.lit('CURRENT'))
          .where(sql<boolean>`id = any(${ids}::text[])`)
          .executeTakeFirstOrThrow(during(signal));
        return Number(numUpdatedRows);
      });
    },
  };
}

function fromRow(row: Selectable<Tables['pointer']>): Pointer {
  return {
    id: row.id,
    status: row.status,
    subject: row.subject,
    type: row.type,
    custodian: row.custodian,
    author: row.author,
    content: row.content,
    practiceSetting: row.practice_setting,
    periodStart: row.period_start?.toISOString() ?? null,
    periodEnd: row.period_end?.toISOString() ?? null,
    created: row.created.toISOString(),
    lastUpdated: row.last_updated.toISOString(),
    replaces: row.replaces,
  };
}
