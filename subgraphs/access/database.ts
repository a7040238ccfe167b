import {
  type DatabaseLocation,
  openDatabase as open,
  type Database as ServiceDatabase,
} from '@caregraph/service/database.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

/** The database of the access subgraph. */
export type Database = ServiceDatabase<Tables>;

/** Opens the database of the access subgraph, and brings its tables up to date (`@caregraph/service/database.ts`). */
export const openDatabase = (
  location: DatabaseLocation,
  onLostConnection: (error: Error) => void = () => {},
): Promise<Database> => open<Tables>(location, { name: 'caregraph-access', migrations: MIGRATIONS, onLostConnection });
