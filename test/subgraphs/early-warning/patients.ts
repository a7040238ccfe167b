import type { HandedOver } from '@caregraph/early-warning/handed-over.ts';
import type { RecordType } from '@caregraph/early-warning/picture.ts';

/*
 * Patients as the gateway hands them over, out of a few records. Everybody who is named has answered everything, and everything
 * was recorded when it happened, unless a test says otherwise.
 */

/** The lists of a patient, by what clients know each as. */
const LISTS = {
  demographics: 'demographicsHistory',
  crisisPlans: 'crisisPlanHistory',
  careContacts: 'careContactHistory',
  hospitalSpells: 'hospitalSpellHistory',
  legalStatuses: 'legalStatusHistory',
  referrals: 'referralHistory',
} as const satisfies Record<RecordType, keyof HandedOver>;

/** The six lists that rules read. */
export const ALL_LISTS: readonly RecordType[] = [
  'demographics',
  'crisisPlans',
  'careContacts',
  'hospitalSpells',
  'legalStatuses',
  'referrals',
];

type RecordIn<List extends RecordType> = NonNullable<HandedOver[(typeof LISTS)[List]]>[number];

/** A record, with the list in which it stands. */
export type Entry = { [List in RecordType]: { readonly list: List; readonly record: RecordIn<List> } }[RecordType];

type Fields<List extends RecordType> = Partial<Omit<RecordIn<List>, 'id' | 'custodian'>> & { readonly id?: string };

/** Organisations of the West Midlands, and one of Lancashire. */
const NAMES: Readonly<Record<string, string>> = {
  RXT: 'Birmingham and Solihull',
  TAJ: 'Black Country',
  RYG: 'Coventry and Warwickshire',
  RW5: 'Lancashire Care',
};

const organisation = (odsCode: string) => ({ odsCode, name: NAMES[odsCode] ?? null });

const numbered = new Map<string, number>();

/** An id that no other record of this run has, as the gateway stamps it. */
function idOf(custodian: string, id: string | undefined): string {
  const next = (numbered.get(custodian) ?? 0) + 1;
  numbered.set(custodian, next);
  return `${custodian}:${id ?? next}`;
}

const TEAM_TYPES =
  'https://www.datadictionary.nhs.uk/attributes/service_or_team_type_referred_to_for_mental_health.html';

/** A team by its MHSDS type. */
export const team = (code: string) => ({ type: { system: TEAM_TYPES, code } });

/** A concept of a code system that nobody here can read. */
export const FOREIGN = { system: 'https://example.com/local-codes', code: '200' };

/** A code as trusts of the data dictionary give it. */
export const code = (value: string) => ({ system: null, code: value });

/** A planned meeting with the community team, face to face, which the patient came to. */
export function contact(
  custodian: string,
  start: string,
  { id, ...fields }: Fields<'careContacts'> = {},
): Extract<Entry, { list: 'careContacts' }> {
  return {
    list: 'careContacts',
    record: {
      id: idOf(custodian, id),
      custodian: organisation(custodian),
      start,
      lastUpdated: start,
      attendStatus: 'ATTENDED_ON_TIME',
      planned: true,
      consultationMechanism: code('01'),
      team: team('A06'),
      ...fields,
    },
  };
}

/** The community team met the patient, and nobody had planned it. */
export const unplanned = (custodian: string, start: string, fields: Fields<'careContacts'> = {}) =>
  contact(custodian, start, { planned: false, ...fields });

/** The crisis team met the patient, and nobody had planned it. */
export const inCrisis = (custodian: string, start: string, fields: Fields<'careContacts'> = {}) =>
  contact(custodian, start, { planned: false, team: team('A02'), ...fields });

/** The patient did not come to a planned meeting with the community team. */
export const missed = (custodian: string, start: string, fields: Fields<'careContacts'> = {}) =>
  contact(custodian, start, { attendStatus: 'DID_NOT_ATTEND', ...fields });

/** A stay in an acute bed, which ended with the patient going home, or goes on. */
export function spell(
  custodian: string,
  start: string,
  end: string | null,
  { id, ...fields }: Fields<'hospitalSpells'> = {},
): Extract<Entry, { list: 'hospitalSpells' }> {
  return {
    list: 'hospitalSpells',
    record: {
      id: idOf(custodian, id),
      custodian: organisation(custodian),
      start,
      end,
      lastUpdated: end ?? start,
      bedClass: code('200'),
      dischargeMethod: end === null ? null : code('1'),
      dischargeDestination: end === null ? null : code('19'),
      absences: [],
      ...fields,
    },
  };
}

/** A period under section 136, or another. */
export function detention(
  custodian: string,
  start: string,
  end: string | null,
  { id, ...fields }: Fields<'legalStatuses'> = {},
): Extract<Entry, { list: 'legalStatuses' }> {
  return {
    list: 'legalStatuses',
    record: {
      id: idOf(custodian, id),
      custodian: organisation(custodian),
      start,
      end,
      lastUpdated: end ?? start,
      status: code('20'),
      ...fields,
    },
  };
}

/** A plan that is in force, with no day set for its review. */
export function plan(
  custodian: string,
  created: string,
  { id, ...fields }: Fields<'crisisPlans'> = {},
): Extract<Entry, { list: 'crisisPlans' }> {
  return {
    list: 'crisisPlans',
    record: {
      id: idOf(custodian, id),
      custodian: organisation(custodian),
      created,
      lastUpdated: created,
      status: 'ACTIVE',
      reviewDue: null,
      ...fields,
    },
  };
}

/** A referral to the community team. */
export function referral(
  custodian: string,
  start: string,
  end: string | null,
  { id, ...fields }: Fields<'referrals'> = {},
): Extract<Entry, { list: 'referrals' }> {
  return {
    list: 'referrals',
    record: {
      id: idOf(custodian, id),
      custodian: organisation(custodian),
      start,
      end,
      lastUpdated: end ?? start,
      team: team('A06'),
      onwardReferrals: [],
      ...fields,
    },
  };
}

/** That a custodian knows the patient to have died; on which day, when it says. */
export function death(
  custodian: string,
  day: string | null,
  { id, ...fields }: Fields<'demographics'> = {},
): Extract<Entry, { list: 'demographics' }> {
  return {
    list: 'demographics',
    record: {
      id: idOf(custodian, id),
      custodian: organisation(custodian),
      lastUpdated: `${day ?? '2000-01-01'}T00:00:00Z`,
      deceased: true,
      deceasedDate: day,
      ...fields,
    },
  };
}

/** What of a patient is known, where that is not all. */
export interface Knowledge {
  /** Who was asked besides those whose records are named. */
  readonly asked?: readonly string[];
  /** Lists that custodians have not answered. What they hold of them is not handed over. */
  readonly missing?: Readonly<Record<string, readonly RecordType[]>>;
  /** What became of asking those; `PARTIAL` of one that has answered something. */
  readonly status?: string;
  /** Whether it could not be found out who holds something. */
  readonly indexLost?: boolean;
  /** Who has published a pointer to a crisis plan. */
  readonly planPointers?: readonly string[];
  /** SNOMED CT concept of what the pointers lead to; that of a crisis plan. */
  readonly pointerType?: string;
}

/** Who the made-up patients are. */
export const NHS_NUMBER = '9990000018';

/** A patient as the gateway hands it over, of whom there are some records, and this is known. */
export function patient(entries: readonly Entry[], knowledge: Knowledge = {}): HandedOver {
  const { missing = {}, indexLost = false, planPointers = [], pointerType = '736253002' } = knowledge;
  const holders = entries.map(({ record }) => record.custodian.odsCode);
  const named = [...new Set([...holders, ...(knowledge.asked ?? []), ...Object.keys(missing)])].sort();
  const custodians = named.length > 0 ? named : ['RXT'];
  const isMissing = (custodian: string, list: RecordType): boolean => missing[custodian]?.includes(list) ?? false;
  const given = <List extends RecordType>(list: List): RecordIn<List>[] | null => {
    // Of a list of which nobody could say anything, the gateway says `null`.
    if (custodians.every((custodian) => isMissing(custodian, list))) return null;
    const isIn = (entry: Entry): entry is Extract<Entry, { list: List }> => entry.list === list;
    return entries
      .filter(isIn)
      .map(({ record }): RecordIn<List> => record)
      .filter(({ custodian }) => !isMissing(custodian.odsCode, list));
  };
  const sources = custodians.map((custodian) => ({
    custodian: organisation(custodian),
    status: statusOf(missing[custodian] ?? [], holders.includes(custodian), knowledge.status),
    missing: [...(missing[custodian] ?? [])].sort(),
  }));
  return {
    nhsNumber: NHS_NUMBER,
    pointers: indexLost
      ? null
      : planPointers.map((custodian) => ({
          custodian: organisation(custodian),
          type: { system: 'http://snomed.info/sct', code: pointerType },
        })),
    demographicsHistory: given('demographics'),
    crisisPlanHistory: given('crisisPlans'),
    careContactHistory: given('careContacts'),
    hospitalSpellHistory: given('hospitalSpells'),
    legalStatusHistory: given('legalStatuses'),
    referralHistory: given('referrals'),
    historySources: sources,
    historyLocated: !indexLost,
  };
}

function statusOf(missing: readonly RecordType[], holds: boolean, status: string | undefined): string {
  if (missing.length === 0) return holds ? 'ANSWERED' : 'ANSWERED_NONE';
  return status ?? (missing.length < ALL_LISTS.length ? 'PARTIAL' : 'TIMED_OUT');
}
