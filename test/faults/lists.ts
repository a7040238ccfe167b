/** The gathered lists that there are, as the contract (`schema/trust.graphql`) declares them: written anew here, so that the gateway's own reading of it is held against another. */

/** How one gathered list is ordered, cut and filtered. */
export interface ListOrder {
  /** The field of its records by which it is ordered. */
  readonly orderBy: string;
  readonly descending: boolean;
  /** What is wanted when nothing is said; `null` for all. */
  readonly first: number | null;
  /** The states that are wanted when nothing is said; `null` for all. */
  readonly status: readonly string[] | null;
}

const latestFirst = (orderBy: string, more: Partial<ListOrder> = {}): ListOrder => ({
  orderBy,
  descending: true,
  first: null,
  status: null,
  ...more,
});

export const LISTS = {
  demographics: latestFirst('lastUpdated'),
  crisisPlans: latestFirst('lastUpdated', { status: ['ACTIVE'] }),
  contacts: { orderBy: 'priority', descending: false, first: null, status: null },
  alerts: latestFirst('lastUpdated', { status: ['ACTIVE'] }),
  careContacts: latestFirst('start', { first: 50 }),
  hospitalSpells: latestFirst('start'),
  legalStatuses: latestFirst('start'),
  referrals: latestFirst('start'),
} as const satisfies Readonly<Record<string, ListOrder>>;

export type ListName = keyof typeof LISTS;

export const isListName = (name: string): name is ListName => Object.hasOwn(LISTS, name);

/** A record as its custodian holds it, with all that the contract has of it but what the gateway stamps. */
export interface TrueRecord {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** What is asked of a list. */
export interface Wanted {
  readonly status?: readonly string[] | null;
  readonly first?: number | null;
}

/** Those of a custodian's records that a list holds when so much is wanted of it, in the declared order. */
export function wantedOf(list: ListName, records: readonly TrueRecord[], wanted: Wanted = {}): readonly TrueRecord[] {
  const { status: usual, first: most }: ListOrder = LISTS[list];
  const status = wanted.status ?? usual;
  const chosen = status ? records.filter((record) => status.includes(String(record.status))) : records;
  const first = wanted.first ?? most;
  const ordered = chosen.toSorted((one, other) => byOrder(list, one, other) || byText(one.id, other.id));
  return first === null ? ordered : ordered.slice(0, first);
}

/** How two records of one list follow each other. All moments here are written alike, so that they compare as text. */
export function byOrder(list: ListName, one: TrueRecord, other: TrueRecord): number {
  const { orderBy, descending }: ListOrder = LISTS[list];
  const [left, right] = [one[orderBy], other[orderBy]];
  const order =
    typeof left === 'number' && typeof right === 'number' ? left - right : byText(String(left), String(right));
  return descending ? -order : order;
}

export const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
