import { authenticationConfig } from '@caregraph/service/authenticate.ts';
import { databaseConfig } from '@caregraph/service/database.ts';
import { gatewayConfig } from '@caregraph/service/onward-config.ts';
import { serverTlsConfig } from '@caregraph/service/tls.ts';
import { z } from 'zod';

/** The configuration file of the locator. */
export const locatorConfig = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 for any free port. */
  port: z.int().min(0).max(65_535).default(4100),
  /** A PostgreSQL server, or a folder for the embedded one; in memory when left out. `DATABASE_URL` goes before it. */
  database: databaseConfig,
  /** The file of organisations (`organisations.ts`), relative to this one's folder. */
  organisations: z.string().min(1),
  /** The gateway that may read. */
  gateway: gatewayConfig,
  /** Whose tokens custodians come with to publish. */
  authentication: authenticationConfig,
  /** For `https`; plain `http` when left out. */
  tls: serverTlsConfig.optional(),
});
