import { buildSubgraphSchema } from '@apollo/subgraph';
import { contract } from '@caregraph/schema/contract.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import type { SubgraphRequest } from '@caregraph/service/serve.ts';
import { ukDate } from '@caregraph/service/uk-time.ts';
import { type GraphQLSchema, parse } from 'graphql';
import type { LocatorCaller } from './caller.ts';
import type { LocatorContext } from './context.ts';
import type { Database } from './database.ts';
import { organisation, patient, recordPointer } from './entities.ts';
import { createLoaders } from './loaders.ts';
import { mutations } from './mutations.ts';
import { createOrganisationStore, type OrganisationStore } from './organisation-store.ts';
import { createPointerStore } from './pointer-store.ts';
import { queries } from './queries.ts';
import { readSharing } from './sharing.ts';

export interface LocatorOptions {
  readonly database: Database;
  readonly clock: () => Date;
  /** A new UUID (RFC 9562), in small letters. */
  readonly newUUID: () => string;
}

/** The locator, ready to be served. */
export interface Locator {
  /** The contract (`schema/locator.graphql`) with its resolvers, for Apollo Federation 2. */
  readonly schema: GraphQLSchema;
  /** Makes the context of one request. */
  context(request: SubgraphRequest<LocatorCaller>): LocatorContext;
  /** The register of organisations, to be filled with reference data. */
  readonly organisations: OrganisationStore;
}

/** Who holds what, over a database. */
export function createLocator({ database, clock, newUUID }: LocatorOptions): Locator {
  const organisations = createOrganisationStore(database);
  const pointers = createPointerStore(database);
  const resolvers = {
    ...scalars,
    Query: queries(pointers),
    Mutation: mutations(organisations, pointers, newUUID),
    Patient: patient,
    Organisation: organisation,
    RecordPointer: recordPointer,
  };
  return {
    schema: buildSubgraphSchema([{ typeDefs: parse(contract('locator')), resolvers }]),
    organisations,
    context({ caller, extensions, signal }) {
      const now = clock();
      const today = ukDate(now);
      return {
        loaders: createLoaders({ organisations, pointers, today, signal }),
        now,
        today,
        caller,
        sharing: readSharing(extensions),
        signal,
      };
    },
  };
}
