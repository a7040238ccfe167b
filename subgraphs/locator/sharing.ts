import { refuse } from '@caregraph/service/errors.ts';
import { z } from 'zod';

const terms = z.array(z.object({ custodians: z.array(z.string()), recordTypes: z.array(z.string()) }));

const extension = z.object({
  caregraph: z.object({
    sharing: z.object({ default: terms, patients: z.record(z.string(), terms).default({}) }),
  }),
});

type Shared = ReadonlyMap<string, ReadonlySet<string>>;

/** What the caller of a request may know of: which record types, as `Patient` names them, of which custodian. */
export interface Sharing {
  /**
   * Of one patient, what each custodian shares: the names of record types, none for a custodian that shares nothing.
   *
   * @throws GraphQLError `INVALID_PARAMETER` when the request does not say what is shared: to show nothing would say that
   * there is nothing.
   */
  of(nhsNumber: string): (custodian: string) => ReadonlySet<string>;
}

/**
 * Reads what the gateway says of sharing, from the extensions of its request (GraphQL over HTTP specification):
 *
 *     { "caregraph": { "sharing": { "default": [TERM, …], "patients": { NHS_NUMBER: [TERM, …] } } } }
 *
 * where TERM is `{ "custodians": [ODS_CODE, …], "recordTypes": [NAME, …] }`. For patients who are named, their own terms hold
 * in place of the default ones.
 */
export function readSharing(extensions: unknown): Sharing {
  const result = extension.safeParse(extensions);
  if (!result.success) {
    return {
      of() {
        throw refuse('INVALID_PARAMETER', UNSAID);
      },
    };
  }
  const { default: ordinary, patients } = result.data.caregraph.sharing;
  const byDefault = byCustodian(ordinary);
  const byPatient = new Map(Object.entries(patients).map(([nhsNumber, own]) => [nhsNumber, byCustodian(own)]));
  return {
    of(nhsNumber) {
      const shared = byPatient.get(nhsNumber) ?? byDefault;
      return (custodian) => shared.get(custodian) ?? NOTHING;
    },
  };
}

const UNSAID =
  'The request does not say what is shared with its caller: "extensions.caregraph.sharing" must hold "default", a list of { custodians, recordTypes }, and may hold "patients".';

const NOTHING: ReadonlySet<string> = new Set();

function byCustodian(list: z.infer<typeof terms>): Shared {
  const shared = new Map<string, Set<string>>();
  for (const { custodians, recordTypes } of list) {
    for (const custodian of custodians) {
      const types = shared.get(custodian) ?? new Set();
      shared.set(custodian, types);
      for (const type of recordTypes) types.add(type);
    }
  }
  return shared;
}
