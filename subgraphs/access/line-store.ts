import { type Head, NO_LINES } from '@caregraph/service/audit/chain.ts';
import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';
import { followChain, type PlacedLine } from './follow-chain.ts';
import type { Tables } from './tables.ts';

/** What became of lines that were sent. */
export interface Appended {
  /** The last line that is kept now. */
  readonly head: Head;
  /** Why nothing of it was kept, in words without any of its content; `null` when all of it is. */
  readonly why: string | null;
}

/** The lines of every gateway's audit, as they were written. They are added to, and nothing else. */
export interface LineStore {
  /** The last line of a chain that is kept, or `NO_LINES`. */
  head(chain: string, signal: AbortSignal): Promise<Head>;
  /** Keeps lines of a chain, in their order: all that are not kept yet, or none when one does not belong there. */
  append(chain: string, texts: readonly string[], signal: AbortSignal): Promise<Appended>;
}

/** The lines in a database. */
export function createLineStore({ db, during }: Database): LineStore {
  const head = async (within: Kysely<Tables>, chain: string, signal: AbortSignal): Promise<Head> => {
    const row = await within
      .selectFrom('audit_line')
      .select(['seq', 'hash'])
      .where('chain', '=', chain)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst(during(signal));
    return row ? { seq: Number(row.seq), hash: row.hash } : NO_LINES;
  };

  const firstThatDiffers = async (
    within: Kysely<Tables>,
    chain: string,
    known: readonly PlacedLine[],
    signal: AbortSignal,
  ): Promise<number | null> => {
    if (known.length === 0) return null;
    const rows = await within
      .selectFrom('audit_line')
      .select(['seq', 'hash'])
      .where('chain', '=', chain)
      .where(sql<boolean>`seq = any(${known.map(({ line }) => line.seq)}::bigint[])`)
      .execute(during(signal));
    const hashes = new Map(rows.map(({ seq, hash }) => [Number(seq), hash]));
    return known.find(({ line }) => hashes.get(line.seq) !== line.hash)?.line.seq ?? null;
  };

  const add = async (
    within: Kysely<Tables>,
    chain: string,
    added: readonly PlacedLine[],
    signal: AbortSignal,
  ): Promise<void> => {
    for (const { line } of added) {
      if (line.kind !== 'opened') continue;
      const { gateway, medium } = line;
      await within.insertInto('audit_chain').values({ chain, gateway, medium }).execute(during(signal));
    }
    const lines = added.map(({ line: { seq, hash, at }, text }) => ({ seq, hash, at, line: text }));
    await sql`
      insert into audit_line (chain, seq, hash, at, line)
      select ${chain}::text, seq, hash, at, line
      from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
        as given (seq bigint, hash text, at timestamptz, line text)`.execute(within, during(signal));
    // An entry stands in two chains when a gateway could not be certain that the first had it; it is one look all the same.
    await sql`
      insert into look (nhs_number, at, entry, organisation, custodians, chain, seq)
      select "nhsNumber", at, entry, organisation, custodians, ${chain}::text, seq
      from jsonb_to_recordset(${JSON.stringify(added.flatMap(looksOf))}::jsonb)
        as given ("nhsNumber" text, at timestamptz, entry text, organisation text, custodians text[], seq bigint)
      on conflict do nothing`.execute(within, during(signal));
  };

  return {
    head: (chain, signal) => head(db, chain, signal),

    async append(chain, texts, signal) {
      return db.transaction().execute(async (transaction) => {
        // One after another for each chain: what two of them see as the last line would otherwise not be.
        await sql`select pg_advisory_xact_lock(hashtextextended(${chain}, 0))`.execute(transaction, during(signal));
        const last = await head(transaction, chain, signal);
        const followed = followChain(chain, last, texts);
        if (followed.why !== null) return { head: last, why: followed.why };
        const differs = await firstThatDiffers(transaction, chain, followed.known, signal);
        if (differs !== null) return { head: last, why: `Another line ${differs} is kept here.` };
        const { added } = followed;
        if (added.length > 0) await add(transaction, chain, added, signal);
        return { head: added.at(-1)?.line ?? last, why: null };
      });
    },
  };
}

/** For each patient of the entry that a line may hold, who looked, and whom it names for that patient. */
function looksOf({ line }: PlacedLine): object[] {
  if (line.kind !== 'entry') return [];
  const { seq, entry } = line;
  return entry.patients.map((nhsNumber, i) => ({
    nhsNumber,
    at: entry.at,
    entry: entry.id,
    organisation: entry.caller.organisation,
    custodians: [...new Set(entry.custodians.flatMap(({ patient, custodian }) => (patient === i ? custodian : [])))],
    seq,
  }));
}
