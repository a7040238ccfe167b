import type { Sharing } from '../gather/sharing.ts';
import type { Shares, Visible } from './agreements.ts';
import type { Refusals } from './field-rules.ts';
import type { Grant } from './glass.ts';

/** What one request may be told of: settled before anybody is asked. */
export interface Decision {
  readonly sharing: Sharing;
  /** What the locator may show (`docs/locator.md`). */
  readonly shown: ShownSharing;
  /** The ids of the grants of broken glass that it relies upon. */
  readonly breakGlass: readonly string[];
}

/** What may be shown of whom: for everybody, and in its place for the patients for whom the glass is broken. */
export interface ShownSharing {
  readonly default: Visible['sharing'];
  readonly patients?: Readonly<Record<string, Visible['sharing']>>;
}

/**
 * Settles what a request may be told of.
 *
 * @param patients the NHS numbers of the patients that the request names, ten digits each.
 * @param grants the broken glass of the user who asks.
 * @param refusals the fields that the role of the user who asks may not select; `null` when it may select all.
 */
export function decide(
  shares: Shares,
  patients: readonly string[],
  grants: readonly Grant[],
  refusals: Refusals | null,
): Decision {
  const named = new Set(patients);
  const relied = grants.filter(({ nhsNumber }) => named.has(nhsNumber));
  const broken = new Set(relied.map(({ nhsNumber }) => nhsNumber));
  return {
    sharing: (custodian, { type, key }, { field, sharedAs }) => {
      const glass = { glassBroken: broken.has(String(key)) };
      // `sources` is for everybody, and would be found out by asking for what the role may not select. A list that no client sees
      // is refused to no role: what comes of it is, where that is not for everybody.
      const atMost = refusals?.get(type)?.has(field) ? 'POINTER' : 'CONTENT';
      // That a custodian shares something is known to whoever may see it; what it does not share must not look like "none".
      const level = shares.levelOf(custodian, sharedAs, glass);
      if (level === 'CONTENT') return atMost;
      return level ?? (shares.visible(glass).custodians.includes(custodian) ? 'POINTER' : 'NOTHING');
    },
    shown: {
      default: shares.visible({ glassBroken: false }).sharing,
      ...(broken.size > 0 && {
        patients: Object.fromEntries(
          [...broken].map((nhsNumber) => [nhsNumber, shares.visible({ glassBroken: true }).sharing]),
        ),
      }),
    },
    breakGlass: relied.map(({ id }) => id),
  };
}
