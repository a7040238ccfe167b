import { refuse } from '@caregraph/service/errors.ts';
import { inTime } from '@caregraph/service/in-time.ts';
import { callingOrganisation, refuseUnlessGateway } from './caller.ts';
import { idParts } from './check-pointer.ts';
import type { LocatorContext } from './context.ts';
import type { OrganisationKey, PatientKey } from './entities.ts';
import { atMost, MOST_PATIENTS, MOST_POINTERS } from './limits.ts';
import type { OrganisationKind } from './organisations.ts';
import type { PointerStore } from './pointer-store.ts';

/** What can be asked of the locator (contract: `Query`). */
export const queries = (pointers: PointerStore) => ({
  patient(_: unknown, { nhsNumber }: PatientKey, { caller }: LocatorContext): PatientKey {
    refuseUnlessGateway(caller);
    return { nhsNumber };
  },

  patients(_: unknown, { nhsNumbers }: { nhsNumbers: readonly string[] }, { caller }: LocatorContext): PatientKey[] {
    refuseUnlessGateway(caller);
    atMost(MOST_PATIENTS, nhsNumbers, 'patients');
    return nhsNumbers.map((nhsNumber) => ({ nhsNumber }));
  },

  organisation(_: unknown, { odsCode }: OrganisationKey, { caller, loaders }: LocatorContext) {
    refuseUnlessGateway(caller);
    return loaders.organisation(odsCode);
  },

  organisations(_: unknown, { kind }: { kind?: OrganisationKind | null }, { caller, loaders }: LocatorContext) {
    refuseUnlessGateway(caller);
    return loaders.organisations(kind ?? null);
  },

  async publishedPointers(
    _: unknown,
    { after, first }: { after?: string | null; first: number },
    { caller, signal }: LocatorContext,
  ): Promise<string[]> {
    const custodian = callingOrganisation(caller);
    if (first < 1 || first > MOST_POINTERS) {
      throw refuse('INVALID_PARAMETER', `"first" is a number from 1 to ${MOST_POINTERS}.`);
    }
    if (typeof after === 'string' && !idParts(after)?.isUUID) {
      throw refuse('INVALID_PARAMETER', '"after" is the id of a pointer.');
    }
    return inTime(signal, () => pointers.currentIds(custodian, after ?? null, first, signal));
  },
});
