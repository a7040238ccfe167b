import type {
  Alert,
  CareContact,
  Coding,
  Contact,
  CrisisPlan,
  Demographics,
  HospitalSpell,
  Instant,
  LegalStatus,
  NHSNumber,
  ODSCode,
  Referral,
} from '@caregraph/trust/records.ts';

/** What a trust holds of one patient, in the words of the contract, and what of it is kept back. */
export interface PatientRecords {
  readonly nhsNumber: NHSNumber;
  /** Whether nothing of the patient may leave the trust. */
  readonly restricted: boolean;
  /** The ids of single records that may not leave it. */
  readonly restrictedRecords: ReadonlySet<string>;
  readonly demographics: Demographics;
  readonly crisisPlans: readonly CrisisPlan[];
  readonly paperPlans: readonly PaperPlan[];
  readonly contacts: readonly Contact[];
  readonly alerts: readonly Alert[];
  readonly careContacts: readonly CareContact[];
  readonly hospitalSpells: readonly HospitalSpell[];
  readonly legalStatuses: readonly LegalStatus[];
  readonly referrals: readonly Referral[];
}

/** A plan that lies on paper in a team's office: the trust can say that it exists, and whom to ring, and no more. */
export interface PaperPlan {
  readonly id: string;
  readonly lastUpdated: Instant;
  readonly type: Coding;
}

/** Made-up records of many patients, by the trust that holds them. */
export type Population = ReadonlyMap<ODSCode, readonly PatientRecords[]>;
