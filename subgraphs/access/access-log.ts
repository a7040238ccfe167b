import { readLine } from '@caregraph/service/audit/chain.ts';
import type { AuditEntry } from '@caregraph/service/audit/entry.ts';
import { refuse } from '@caregraph/service/errors.ts';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { GlassStore } from './glass-store.ts';
import { mayBeId } from './ids.ts';

/** What a privacy officer asks of the log. */
export interface LogQuestion {
  readonly nhsNumber: string;
  /** The officer's own organisation, an ODS code. */
  readonly organisation: string;
  /** RFC 3339; `null` for no bound. */
  readonly since: string | null;
  readonly until: string | null;
  readonly first: number;
  /** The id of the entry after which it begins; `null` for the latest. */
  readonly after: string | null;
}

/** A gateway that writes to the log. */
export interface LoggingGateway {
  /** The id of its chain of entries. */
  readonly id: string;
  /** The gateway's own id, a URI. */
  readonly name: string;
  readonly completeUntil: Date;
}

/** One look at one patient, as an officer of one organisation may see it. */
export interface Access {
  readonly id: string;
  readonly at: string;
  readonly user: string;
  readonly organisation: string;
  readonly role: string;
  readonly purpose: string;
  readonly breakGlass: boolean;
  readonly operation: string | null;
  readonly recordTypes: readonly string[];
  readonly sources: readonly {
    readonly custodian: string;
    readonly status: string;
    readonly records: number;
    readonly read: number;
  }[];
  readonly result: AuditEntry['result'];
}

/** Who has looked at one patient, and how far that can be relied upon. */
export interface AccessLog {
  readonly gateways: readonly LoggingGateway[];
  readonly entries: readonly Access[];
}

/** Who has looked, as the audits of all gateways say it. */
export interface AccessLogStore {
  /** @throws GraphQLError `INVALID_PARAMETER` when `after` is no entry that the officer can see. */
  read(question: LogQuestion, signal: AbortSignal): Promise<AccessLog>;
}

/** The log over a database. */
export function createAccessLogStore({ db, during }: Database, glass: GlassStore): AccessLogStore {
  const gateways = async (signal: AbortSignal): Promise<LoggingGateway[]> => {
    // A chain that is kept here alone lacks nothing: only a gateway that has no other is told by it.
    const { rows } = await sql<{ id: string; name: string; completeUntil: Date }>`
      select one.chain as id, one.gateway as name, last.at as "completeUntil"
      from audit_chain as one
      cross join lateral (
        select at from audit_line where audit_line.chain = one.chain order by seq desc limit 1
      ) as last
      where one.medium = 'journal' or not exists (
        select from audit_chain as other where other.gateway = one.gateway and other.medium = 'journal'
      )
      order by one.gateway, last.at desc, one.chain`.execute(db, during(signal));
    return rows;
  };

  /** The looks at a patient that an officer may know of. */
  const seen = ({ nhsNumber, organisation }: LogQuestion) =>
    db
      .selectFrom('look')
      .where('look.nhs_number', '=', nhsNumber)
      .where(sql<boolean>`(look.organisation = ${organisation} or ${organisation} = any(look.custodians))`);

  const entries = async (question: LogQuestion, signal: AbortSignal): Promise<AuditEntry[]> => {
    const { since, until, first, after } = question;
    let query = seen(question)
      .innerJoin('audit_line', (join) =>
        join.onRef('audit_line.chain', '=', 'look.chain').onRef('audit_line.seq', '=', 'look.seq'),
      )
      .select('audit_line.line')
      .orderBy('look.at', 'desc')
      .orderBy('look.entry', 'desc')
      .limit(first);
    if (since !== null) query = query.where(sql<boolean>`look.at >= ${since}::timestamptz`);
    if (until !== null) query = query.where(sql<boolean>`look.at < ${until}::timestamptz`);
    if (after !== null) {
      const last = mayBeId(after) && seen(question).where('look.entry', '=', after);
      if (!last || !(await last.select('look.entry').executeTakeFirst(during(signal)))) {
        throw refuse('INVALID_PARAMETER', '"after" is the id of an entry of this log.');
      }
      // Compared by the database: it keeps moments more exactly than a program here reads them.
      query = query.where(sql<boolean>`(look.at, look.entry) < (${last.select(['look.at', 'look.entry']).limit(1)})`);
    }
    return (await query.execute(during(signal))).map(({ line }) => entryOf(line));
  };

  return {
    async read(question, signal) {
      // First until when the log is complete, and then what stands in it: it can only have become more meanwhile.
      const complete = await gateways(signal);
      const found = await entries(question, signal);
      const patients = await glass.patientsOf([...new Set(found.flatMap(({ breakGlass }) => breakGlass))], signal);
      return { gateways: complete, entries: found.map((entry) => shown(entry, question, patients)) };
    },
  };
}

function entryOf(text: string): AuditEntry {
  const { line } = readLine(text);
  if (line?.kind !== 'entry') throw new Error('A line of the audit that is kept here was altered. Verify the audit.');
  return line.entry;
}

/**
 * What an officer sees of an entry: of other patients nothing, and in another organisation's look of other custodians nothing.
 *
 * @param patients for which patient each grant is.
 */
function shown(
  { id, at, caller, breakGlass, operation, recordTypes, custodians, patients, result }: AuditEntry,
  { nhsNumber, organisation }: LogQuestion,
  grants: ReadonlyMap<string, string>,
): Access {
  const own = caller.organisation === organisation;
  const patient = patients.indexOf(nhsNumber);
  return {
    id,
    at,
    ...caller,
    // A grant that is not known here counts: it is better to ask once too often who broke the glass.
    breakGlass: breakGlass.some((grant) => (grants.get(grant) ?? nhsNumber) === nhsNumber),
    operation: operation.name,
    recordTypes,
    sources: custodians
      .filter((source) => source.patient === patient && (own || source.custodian === organisation))
      .map(({ custodian, outcome, records, read = 0 }) => ({ custodian, status: outcome, records, read })),
    // That something was wrong with the answer could tell of the other custodians.
    result: own || result !== 'PARTIAL' ? result : 'RELEASED',
  };
}
