import type { OnwardCaller } from '@caregraph/service/onward.ts';
import type {
  Alert,
  CareContact,
  Contact,
  CrisisPlan,
  Demographics,
  HospitalSpell,
  Instant,
  LegalStatus,
  LocalDate,
  NHSNumber,
  Referral,
} from './records.ts';

/** The records of each patient who has some, by NHS number; a patient who has none may be left out. */
export type Batch<R> = ReadonlyMap<NHSNumber, readonly R[]>;

/** The record types of the contract, by the name of the field that gathers them, with what a source hands over for each. */
export interface RecordTypes {
  demographics: Demographics;
  crisisPlans: CrisisPlan;
  contacts: Contact;
  alerts: Alert;
  careContacts: CareContact;
  hospitalSpells: HospitalSpell;
  legalStatuses: LegalStatus;
  referrals: Referral;
}

/** What a source is told beside the patients. */
export interface Ask {
  /**
   * On whose behalf the gateway asks: a user at an organisation, in a role, for a purpose. What is agreed between organisations
   * the gateway has seen to; a trust that wants to decide for itself, decides by this. `null` on a developer's machine alone,
   * where nobody is asked who they are (`gateway: none`).
   */
  readonly caller: OnwardCaller | null;
  /** Aborts when nobody waits for the answer any more: the deadline has passed, or the caller has gone. */
  readonly signal: AbortSignal;
  /**
   * The kit leaves out what had ended (care contacts: what started) before this day in UK local time. A source may use it
   * to read less, and may ignore it. `null` for no such day.
   */
  readonly since: LocalDate | null;
}

/** A record to announce to the locator: that it exists, and where. Its custodian is the trust itself. */
export interface Pointer {
  /**
   * Names what is pointed to, within the trust; no patient's identifier. The same key again is the same pointer; when
   * anything else of the pointer changes, the key must change too.
   */
  readonly key: string;
  readonly subject: NHSNumber;
  /** A SNOMED CT code among the NRL pointer types. */
  readonly type: string;
  readonly content: readonly PointerContent[];
  readonly practiceSetting: string | null;
  readonly periodStart: Instant | null;
  readonly periodEnd: Instant | null;
}

export interface PointerContent {
  readonly url: string;
  readonly contentType: string;
  /** An NRL format code. */
  readonly format: string;
  readonly created: Instant | null;
}

/**
 * Thrown by a source that does not serve a record type at all: an empty batch would say that the trust holds none. The
 * kit answers the field with `null` and an error whose `extensions.code` is `UNSUPPORTED`; the trust goes on serving the rest.
 */
export class UnsupportedRecordType extends Error {
  override readonly name = 'UnsupportedRecordType';
  readonly code = 'UNSUPPORTED';
  readonly recordType: keyof RecordTypes;

  constructor(recordType: keyof RecordTypes, reason: string) {
    super(`This source does not serve ${recordType}: ${reason}`);
    this.recordType = recordType;
  }
}

/**
 * The port between a trust's own records and the contract: one batch per record type, and the pointers to publish.
 *
 * A source answers with every record that it holds of the patients asked, in any order and whatever its status; the kit
 * filters, orders and cuts. It throws when it cannot say: a source that answers with an empty batch says that there is
 * nothing. A record that it cannot map to the contract it leaves out and counts in `unmapped`; it never guesses.
 * A record type that it does not serve it answers by throwing `UnsupportedRecordType`.
 */
export interface TrustSource
  extends Readonly<{
    [Type in keyof RecordTypes]: (nhsNumbers: readonly NHSNumber[], ask: Ask) => Promise<Batch<RecordTypes[Type]>>;
  }> {
  /** Every pointer that the trust is to have published now. */
  pointers(signal: AbortSignal): AsyncIterable<Pointer>;
  /** How many records could not be mapped since the source was opened, by record type and reason. Holds no patient's data. */
  unmapped(): ReadonlyMap<string, number>;
  /** Resolves when the source can answer; rejects with the reason when it cannot. */
  ready(signal: AbortSignal): Promise<void>;
  /** Lets go of connections. */
  close(): Promise<void>;
}
