import type { Gap, Picture, RecordType } from './picture.ts';

/** How soon somebody should look (contract: `WarningSeverity`). */
export type Severity = 'HIGH' | 'MEDIUM' | 'LOW';

/** A threshold, which a deployment may set: a whole number of its unit, from `least` to `most`. */
export interface Parameter {
  /** What it limits. */
  readonly description: string;
  /** In what it is counted, in the plural, such as `days`. */
  readonly unit: string;
  readonly default: number;
  readonly least: number;
  readonly most: number;
}

/** The thresholds that are in force, by their names. */
export type Values<Name extends string = string> = Readonly<Record<Name, number>>;

/** What a record is that raised a warning (contract: `WarningEventKind`). */
export type EventKind = 'CARE_CONTACT' | 'HOSPITAL_SPELL' | 'LEGAL_STATUS' | 'CRISIS_PLAN' | 'REFERRAL';

/** A record that raised a warning, and when what it tells of happened, in milliseconds since 1970. */
export interface Event {
  readonly kind: EventKind;
  readonly at: number;
  readonly custodian: string;
  readonly id: string;
}

/** What a rule finds in a picture. */
export interface Finding {
  /** Whether it speaks by what is known. */
  readonly speaks: boolean;
  /** What, if it were known, might settle it the other way. A rule is settled when there is nothing. */
  readonly doubts: readonly Gap[];
  /** The records by which it speaks, or would. */
  readonly events: readonly Event[];
  /** From when on they were enough, in milliseconds since 1970; `null` when it does not speak. */
  readonly since: number | null;
  /** What a clinician should know; read only of a rule that speaks and is settled. */
  readonly text: string;
}

/**
 * A rule, as data and one pure function. It stands in a file of its own in `rules/`, which exports it as `rule` and is named
 * after it.
 */
export interface Rule<Name extends string = string> {
  /** Its name, such as `MULTI_TRUST`. */
  readonly id: string;
  readonly severity: Severity;
  /** When it speaks, in a clinician's words: what stands after "It speaks when". */
  readonly says: string;
  /** Why it should be listened to. */
  readonly evidence: string;
  /** Where that stands. */
  readonly source: string;
  readonly parameters: Readonly<Record<Name, Parameter>>;
  /** The record types that it reads. */
  readonly reads: readonly RecordType[];
  /** The parameter that says how many days it looks back; `null` for a rule of the present state. */
  readonly looksBack: Name | null;
  /** Whether it speaks of a picture. It depends on nothing else. */
  find(picture: Picture, values: Values<Name>): Finding;
}

/** What a rule finds that does not speak. */
export const silent = (doubts: readonly Gap[] = []): Finding => ({
  speaks: false,
  doubts,
  events: [],
  since: null,
  text: '',
});
