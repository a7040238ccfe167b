import { gatewayConfig } from '@caregraph/service/onward-config.ts';
import { serverTlsConfig } from '@caregraph/service/tls.ts';
import { z } from 'zod';
import { thresholds } from './rules.ts';

/** The configuration file of the early-warning subgraph. */
export const earlyWarningConfig = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 for any free port. */
  port: z.int().min(0).max(65_535).default(4102),
  /** The gateway that may call. */
  gateway: gatewayConfig,
  /** For `https`; plain `http` when left out. */
  tls: serverTlsConfig.optional(),
  rules: thresholds.default({}),
});

export type EarlyWarningConfig = z.infer<typeof earlyWarningConfig>;
