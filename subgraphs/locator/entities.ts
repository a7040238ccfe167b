import { parseNHSNumber, parseODSCode } from '@caregraph/schema/scalars.ts';
import { refuse } from '@caregraph/service/errors.ts';
import { refuseUnlessGateway } from './caller.ts';
import { POINTER_TYPES, snomed } from './codes.ts';
import type { LocatorContext } from './context.ts';
import type { Organisation } from './organisations.ts';
import type { Pointer } from './pointers.ts';
import { isClosed } from './succession.ts';

/** The key of a patient. */
export interface PatientKey {
  readonly nhsNumber: string;
}

/** The key of an organisation. */
export interface OrganisationKey {
  readonly odsCode: string;
}

/** What is told of a patient (contract: `Patient`). */
export const patient = {
  // A promise even where nothing is waited for: thrown at once, the error would take the other entities with it.
  async __resolveReference({ nhsNumber }: { nhsNumber?: unknown }, { caller }: LocatorContext): Promise<PatientKey> {
    refuseUnlessGateway(caller);
    return { nhsNumber: keyed('INVALID_NHS_NUMBER', () => parseNHSNumber(nhsNumber)) };
  },
  async custodians({ nhsNumber }: PatientKey, _: unknown, { loaders, sharing }: LocatorContext): Promise<string[]> {
    const shared = sharing.of(nhsNumber);
    const custodians = await loaders.custodians(nhsNumber);
    return custodians.filter((custodian) => shared(custodian).size > 0);
  },
  async pointers({ nhsNumber }: PatientKey, _: unknown, { loaders, sharing }: LocatorContext): Promise<Pointer[]> {
    const shared = sharing.of(nhsNumber);
    const pointers = await loaders.pointers(nhsNumber);
    const holders = await Promise.all(pointers.map(({ custodian }) => loaders.holders(custodian)));
    return pointers.filter(({ type }, i) => {
      const leadsTo = POINTER_TYPES.get(type)?.recordTypes;
      return leadsTo && [...(holders[i] ?? [])].every((holder) => leadsTo.every((name) => shared(holder).has(name)));
    });
  },
};

/** What is told of an organisation beside its own facts (contract: `Organisation`). */
export const organisation = {
  async __resolveReference(
    { odsCode }: { odsCode?: unknown },
    { caller, loaders }: LocatorContext,
  ): Promise<Organisation | null> {
    refuseUnlessGateway(caller);
    return loaders.organisation(keyed('INVALID_PARAMETER', () => parseODSCode(odsCode)));
  },
  // Successors may be entered ahead of the day on which an organisation closes.
  succeededBy: async (one: Organisation, _: unknown, { loaders, today }: LocatorContext) =>
    isClosed(one, today) ? Promise.all(one.succeededBy.map(loaders.organisation)) : [],
};

/** What is told of a pointer beside its own facts (contract: `RecordPointer`). */
export const recordPointer = {
  type: ({ type }: Pointer) => POINTER_TYPES.get(type)?.type ?? snomed(type),
  category: ({ type }: Pointer) => POINTER_TYPES.get(type)?.category,
  custodian: ({ custodian }: Pointer, _: unknown, { loaders }: LocatorContext) => loaders.organisation(custodian),
  author: ({ author }: Pointer, _: unknown, { loaders }: LocatorContext) => loaders.organisation(author),
  practiceSetting: ({ practiceSetting }: Pointer) => (practiceSetting === null ? null : snomed(practiceSetting)),
};

/** A key of an entity, which no scalar has checked: federation hands it over as it came. */
function keyed(code: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw refuse(code, error instanceof Error ? error.message : 'The key is not valid.');
  }
}
