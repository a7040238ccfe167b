import { buildSubgraphSchema } from '@apollo/subgraph';
import { contract } from '@caregraph/schema/contract.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import type { Authenticator } from '@caregraph/service/authenticate.ts';
import { type GraphQLSchema, parse } from 'graphql';
import type { LocatorContext } from './context.ts';
import type { Database } from './database.ts';
import { organisation, patient, recordPointer } from './entities.ts';
import { createLoaders } from './loaders.ts';
import { mutations } from './mutations.ts';
import { createOrganisationStore, type OrganisationStore } from './organisation-store.ts';
import { createPointerStore } from './pointer-store.ts';
import { queries } from './queries.ts';
import { ukDate } from './uk-date.ts';

export interface LocatorOptions {
  readonly database: Database;
  /** Checks the tokens of custodians that change pointers. */
  readonly authenticator: Authenticator;
  readonly clock: () => Date;
  /** A new UUID (RFC 9562), in small letters. */
  readonly newUUID: () => string;
}

/** The locator, ready to be served. */
export interface Locator {
  /** The contract (`schema/locator.graphql`) with its resolvers, for Apollo Federation 2. */
  readonly schema: GraphQLSchema;
  /** Makes the context of one request. */
  context(request: { readonly authorization: string | undefined; readonly signal: AbortSignal }): LocatorContext;
  /** The register of organisations, to be filled with reference data. */
  readonly organisations: OrganisationStore;
}

/** Who holds what, over a database. */
export function createLocator({ database, authenticator, clock, newUUID }: LocatorOptions): Locator {
  const organisations = createOrganisationStore(database);
  const pointers = createPointerStore(database);
  const resolvers = {
    ...scalars,
    Query: queries(pointers, authenticator),
    Mutation: mutations(organisations, pointers, authenticator, newUUID),
    Patient: patient,
    Organisation: organisation,
    RecordPointer: recordPointer,
  };
  return {
    schema: buildSubgraphSchema([{ typeDefs: parse(contract('locator')), resolvers }]),
    organisations,
    context({ authorization, signal }) {
      const now = clock();
      const today = ukDate(now);
      return { loaders: createLoaders({ organisations, pointers, today, signal }), now, today, authorization, signal };
    },
  };
}
