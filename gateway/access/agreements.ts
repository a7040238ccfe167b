import type { GatherRules } from '../gather/rules.ts';
import type { Caller, Purpose } from './caller.ts';
import type { RoleName } from './roles.ts';

/** A day of the calendar as it is in the United Kingdom, `YYYY-MM-DD`. */
export type LocalDate = string;

/** How much of a record type is shared: that a custodian holds something of a patient, or what it holds, which says that too. */
export type Level = 'POINTER' | 'CONTENT';

/** One thing that an agreement's custodians share. All of it must fit a caller. */
export interface Term {
  readonly level: Level;
  /** Whether it is shared only with a user who has broken the glass for this patient. */
  readonly emergency: boolean;
  readonly recordTypes: ReadonlySet<string>;
  /** ODS codes of those with whom it is shared. */
  readonly consumers: ReadonlySet<string> | 'everybody';
  readonly roles: ReadonlySet<RoleName>;
  readonly purposes: ReadonlySet<Purpose>;
}

/** What organisations have agreed to share, with its groups spelt out. */
export interface Agreement {
  readonly id: string;
  /** The first day on which it is in force. */
  readonly from: LocalDate;
  /** The last day on which it is in force; `null` when none is set. */
  readonly until: LocalDate | null;
  /** ODS codes of those who share. */
  readonly custodians: ReadonlySet<string>;
  readonly terms: readonly Term[];
}

/** All agreements. What they come to is remembered for as long as this very list is. */
export type Agreements = readonly Agreement[];

/** What a caller may see of a patient, by whether the user has broken the glass for that patient. */
export interface Shares {
  /** What a custodian shares of a record type; `null` when not even that it holds something, so that nothing may name it. */
  levelOf(custodian: string, recordType: string, glass: { readonly glassBroken: boolean }): Level | null;
  visible(glass: { readonly glassBroken: boolean }): Visible;
  /** Whether some custodian allows this caller emergency access. */
  readonly mayBreakGlass: boolean;
  /** Whether broken glass shows this caller more than is shown anyway, so that it must be known whether it is broken. */
  readonly glassMatters: boolean;
}

/** Of whom anything at all may be seen, be it a pointer. */
export interface Visible {
  /** ODS codes, in their order. */
  readonly custodians: readonly string[];
  /** What may be seen of each of them. Those of whom the same may be seen stand together. */
  readonly sharing: readonly { readonly custodians: readonly string[]; readonly recordTypes: readonly string[] }[];
}

/** The record types that agreements speak of: the gathered lists that clients may know of, by the names of their fields. */
export function recordTypesOf({ entities }: Pick<GatherRules, 'entities'>): readonly string[] {
  const lists = [...entities.values()].flatMap((entity) => [...entity.lists.values()]);
  return lists.filter(({ visible }) => visible).map(({ field }) => field);
}

/**
 * What agreements come to for a caller on a day. It depends on the caller's organisation, role and purpose, never on who the
 * user is or on any patient, and is worked out once for all callers of a kind.
 *
 * @param on today, in the United Kingdom.
 */
export function sharesOf(
  agreements: Agreements,
  caller: Pick<Caller, 'organisation' | 'role' | 'purpose'>,
  on: LocalDate,
): Shares {
  let memory = memories.get(agreements);
  if (memory?.on !== on) {
    memory = { on, byCaller: new Map(), byTerms: memory?.byTerms ?? new Map() };
    memories.set(agreements, memory);
  }
  const kind = `${caller.organisation} ${caller.role} ${caller.purpose}`;
  let shares = memory.byCaller.get(kind);
  if (!shares) {
    shares = workOut(agreements, caller, on, memory);
    memory.byCaller.set(kind, shares);
  }
  return shares;
}

/** What has been worked out from agreements on one day. */
interface Memory {
  readonly on: LocalDate;
  readonly byCaller: Map<string, Shares>;
  /** Thousands of organisations may ask, but few differ in which terms fit them. */
  readonly byTerms: Map<string, Shares>;
}

const memories = new WeakMap<Agreements, Memory>();

/** What one custodian shares, by record type, custodian by custodian. */
type Table = ReadonlyMap<string, ReadonlyMap<string, Level>>;

interface Fitting {
  readonly custodians: ReadonlySet<string>;
  readonly term: Term;
}

function workOut(
  agreements: Agreements,
  caller: Pick<Caller, 'organisation' | 'role' | 'purpose'>,
  on: LocalDate,
  { byTerms }: Memory,
): Shares {
  const fitting: Fitting[] = [];
  const which: string[] = [];
  for (const [i, { from, until, custodians, terms }] of agreements.entries()) {
    if (on < from || (until !== null && on > until)) continue;
    for (const [j, term] of terms.entries()) {
      if (!fits(term, caller)) continue;
      fitting.push({ custodians, term });
      which.push(`${i}.${j}`);
    }
  }
  const key = which.join(' ');
  let shares = byTerms.get(key);
  if (!shares) {
    shares = sharesFrom(fitting);
    byTerms.set(key, shares);
  }
  return shares;
}

function fits(
  { consumers, roles, purposes }: Term,
  { organisation, role, purpose }: Pick<Caller, 'organisation' | 'role' | 'purpose'>,
): boolean {
  return (consumers === 'everybody' || consumers.has(organisation)) && roles.has(role) && purposes.has(purpose);
}

function sharesFrom(fitting: readonly Fitting[]): Shares {
  const ordinary = tableOf(fitting.filter(({ term }) => !term.emergency));
  const mayBreakGlass = fitting.some(({ term }) => term.emergency);
  const broken = mayBreakGlass ? tableOf(fitting) : ordinary;
  const seen = visibleIn(ordinary);
  const seenThroughBroken = visibleIn(broken);
  return {
    levelOf: (custodian, recordType, { glassBroken }) =>
      (glassBroken ? broken : ordinary).get(custodian)?.get(recordType) ?? null,
    visible: ({ glassBroken }) => (glassBroken ? seenThroughBroken : seen),
    mayBreakGlass,
    glassMatters: moreIn(broken, ordinary),
  };
}

function tableOf(fitting: readonly Fitting[]): Table {
  const table = new Map<string, Map<string, Level>>();
  for (const { custodians, term } of fitting) {
    for (const custodian of custodians) {
      let levels = table.get(custodian);
      if (!levels) {
        levels = new Map();
        table.set(custodian, levels);
      }
      for (const recordType of term.recordTypes) {
        if (levels.get(recordType) !== 'CONTENT') levels.set(recordType, term.level);
      }
    }
  }
  return table;
}

function visibleIn(table: Table): Visible {
  const custodians = [...table.keys()].sort();
  const alike = Map.groupBy(custodians, (custodian) => [...(table.get(custodian)?.keys() ?? [])].sort().join(' '));
  const sharing = [...alike].map(([recordTypes, those]) => ({
    custodians: those,
    recordTypes: recordTypes.split(' '),
  }));
  return { custodians, sharing };
}

/** Whether a table that holds at least all of another gives more than that. */
function moreIn(table: Table, other: Table): boolean {
  for (const [custodian, levels] of table) {
    for (const [recordType, level] of levels) if (other.get(custodian)?.get(recordType) !== level) return true;
  }
  return false;
}
