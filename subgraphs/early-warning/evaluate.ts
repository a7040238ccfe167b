import { type Gap, gapsIn, type Picture } from './picture.ts';
import type { Event, Finding, Rule, Severity, Values } from './rule.ts';
import { lookedAt } from './window.ts';

/** Whether a rule speaks, or cannot be settled (contract: `WarningStatus`). */
export type WarningStatus = 'RAISED' | 'UNDETERMINED';

/** The warnings of a patient in one word (contract: `WarningsStatus`). */
export type WarningsStatus = WarningStatus | 'NONE_RAISED';

/** What a rule has to say of a patient (contract: `Warning`). Moments are milliseconds since 1970. */
export interface Warning {
  readonly rule: string;
  readonly status: WarningStatus;
  readonly severity: Severity;
  readonly text: string;
  readonly since: number | null;
  readonly events: readonly Event[];
  readonly window: { readonly from: number; readonly to: number } | null;
  readonly thresholds: readonly string[];
  /** ODS codes of those who answered everything that the rule reads. */
  readonly evaluatedOver: readonly string[];
  readonly missing: readonly Gap[];
}

/** A rule with the thresholds that are in force. */
export interface RuleInForce {
  readonly rule: Rule;
  readonly values: Values;
}

/**
 * What the rules have to say of a patient: those that speak first, the severest first; then those that are not settled. One that
 * is settled and does not speak says nothing.
 */
export function evaluate(rules: readonly RuleInForce[], picture: Picture): readonly Warning[] {
  return rules
    .flatMap((each) => warningOf(each, picture) ?? [])
    .sort(
      (one, other) =>
        STATUSES.indexOf(one.status) - STATUSES.indexOf(other.status) ||
        SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
        (one.rule < other.rule ? -1 : 1),
    );
}

const STATUSES: readonly WarningStatus[] = ['RAISED', 'UNDETERMINED'];
const SEVERITIES: readonly Severity[] = ['HIGH', 'MEDIUM', 'LOW'];

function warningOf({ rule, values }: RuleInForce, picture: Picture): Warning | null {
  const finding = rule.find(picture, values);
  const isSettled = finding.doubts.length === 0;
  if (isSettled && !finding.speaks) return null;
  const { parameters, looksBack, reads } = rule;
  const unread = gapsIn(picture, ...reads);
  const days = looksBack === null ? undefined : values[looksBack];
  const missing = distinct([...unread, ...finding.doubts]);
  return {
    rule: rule.id,
    status: isSettled ? 'RAISED' : 'UNDETERMINED',
    severity: rule.severity,
    text: isSettled ? finding.text : undetermined(rule, finding, picture),
    since: isSettled ? finding.since : null,
    events: finding.events,
    window: days === undefined ? null : lookedAt(picture.at, days),
    thresholds: Object.entries(parameters).map(([name, { unit }]) => `${name}: ${values[name]} ${unit}`),
    evaluatedOver: picture.asked.filter((code) => !unread.some(({ custodian }) => custodian === code)),
    missing,
  };
}

function undetermined({ says }: Rule, { speaks, doubts }: Finding, picture: Picture): string {
  const custodians = new Set(doubts.flatMap(({ custodian }) => custodian ?? []));
  const whose = [...custodians].sort().map(picture.nameOf).join(', ');
  const unknown = doubts.some(({ custodian }) => custodian === null) ? 'whoever else holds something' : '';
  const from = [whose, unknown].filter((each) => each !== '').join(', and ');
  const known = speaks ? 'By what is known it is so. ' : '';
  return `It is not known whether ${says}. ${known}It depends on records that are missing, or do not say it: of ${from}.`;
}

function distinct(gaps: readonly Gap[]): readonly Gap[] {
  return [...new Map(gaps.map((gap) => [gapInWords(gap), gap])).entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, gap]) => gap);
}

/** What is not known, as a warning names it (contract: `Warning.missing`). */
export const gapInWords = ({ custodian, recordType, why }: Gap): string => `${custodian ?? '*'} ${recordType} ${why}`;

/** The warnings in one word. */
export function statusOf(warnings: readonly Warning[]): WarningsStatus {
  return warnings.some(({ status }) => status === 'RAISED') ? 'RAISED' : (warnings[0]?.status ?? 'NONE_RAISED');
}

/**
 * By how much a patient asks for attention before others (contract: `Patient.attention`). One warning more of a severity counts
 * for more than any number of the less severe ones, and one that was raised for more than any number of those that were not settled.
 */
export function attentionOf(warnings: readonly Warning[]): number {
  const count = (status: WarningStatus, severity: Severity): number =>
    Math.min(warnings.filter((warning) => warning.status === status && warning.severity === severity).length, BASE - 1);
  return STATUSES.flatMap((status) => SEVERITIES.map((severity) => count(status, severity))).reduce(
    (sum, number) => sum * BASE + number,
    0,
  );
}

/** Six numbers of five bits each: within the 31 bits that `Int` has. */
const BASE = 32;
