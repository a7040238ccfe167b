import { byText } from './merge.ts';
import type { Fault, FaultKind, TimedOutcome } from './outcome.ts';
import type { ListRule } from './rules.ts';

export type SourceStatus = 'ANSWERED' | 'ANSWERED_NONE' | 'PARTIAL' | FaultKind;
export type Completeness = 'COMPLETE' | 'PARTIAL' | 'UNKNOWN';

/** What one custodian said to one list. */
export interface Answered {
  readonly rule: ListRule;
  readonly outcome: TimedOutcome;
}

/** What became of asking one custodian for one entity. */
export interface Source {
  readonly custodian: string;
  readonly status: SourceStatus;
  /** The fields left unanswered, by the names under which clients know them. */
  readonly missing: readonly string[];
  readonly reason: string | null;
  readonly elapsedMs: number | null;
  readonly askedAt: Date | null;
}

/** Tells what became of asking one custodian, out of all that it said in this request. */
export function sourceOf(custodian: string, answers: readonly Answered[]): Source {
  const failed = answers.filter(({ outcome }) => outcome.fault !== null);
  const held = answers.some(({ outcome }) => outcome.records.length > 0);
  const status = statusOf(answers.length, failed, held);
  return {
    custodian,
    status,
    missing: [...new Set(failed.flatMap(({ rule }) => nameOf(rule, answers) ?? []))].sort(byText),
    reason: reasonOf(failed),
    elapsedMs: last(answers.map(({ outcome }) => outcome.elapsedMs)),
    askedAt: first(answers.map(({ outcome }) => outcome.askedAt)),
  };
}

/**
 * The name under which clients know a list that was left unanswered: of one that they do not see, that of the list whose records
 * it holds, unless that one was answered; `null` for none.
 */
function nameOf({ field, sharedAs, visible }: ListRule, answers: readonly Answered[]): string | null {
  if (visible) return field;
  const isAnswered = answers.some(({ rule, outcome }) => rule.field === sharedAs && outcome.fault === null);
  return sharedAs === field || isAnswered ? null : sharedAs;
}

const last = (times: readonly (number | null)[]): number | null =>
  times.reduce((latest, time) => (latest === null || (time !== null && time > latest) ? time : latest), null);

const first = (times: readonly (Date | null)[]): Date | null =>
  times.reduce((earliest, time) => (earliest === null || (time !== null && time < earliest) ? time : earliest), null);

function statusOf(asked: number, failed: readonly Answered[], held: boolean): SourceStatus {
  const kind = gravest(failed);
  if (kind === null) return held ? 'ANSWERED' : 'ANSWERED_NONE';
  const allUnsupported = failed.every(({ outcome }) => outcome.fault?.kind === 'UNSUPPORTED');
  if (allUnsupported) return 'UNSUPPORTED';
  return failed.length < asked || held ? 'PARTIAL' : kind;
}

/** When one custodian failed in several ways, the one that a clinician should read first. */
const GRAVITY: readonly FaultKind[] = ['TIMED_OUT', 'UNAVAILABLE', 'INVALID', 'REFUSED', 'NOT_SHARED', 'UNSUPPORTED'];

function gravest(failed: readonly Answered[]): FaultKind | null {
  const kinds = new Set(failed.map(({ outcome }) => outcome.fault?.kind));
  return GRAVITY.find((kind) => kinds.has(kind)) ?? null;
}

function reasonOf(failed: readonly Answered[]): string | null {
  const faults = failed.map(({ outcome }) => outcome.fault).filter((fault): fault is Fault => fault !== null);
  return faults.length === 0 ? null : [...new Set(faults.map(({ reason }) => reason))].sort(byText).join(' ');
}

/**
 * Tells whether the picture is complete.
 *
 * @param located whether it is known for certain which custodians hold something.
 */
export function completenessOf(
  sources: readonly Source[],
  located: boolean,
  answers: readonly Answered[],
): Completeness {
  const whole = sources.every(({ status }) => status === 'ANSWERED' || status === 'ANSWERED_NONE');
  if (whole && located) return 'COMPLETE';
  const anySaid = answers.some(({ outcome }) => outcome.fault === null || outcome.records.length > 0);
  return anySaid ? 'PARTIAL' : 'UNKNOWN';
}
