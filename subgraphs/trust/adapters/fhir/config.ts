import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { NHS_NUMBER_SYSTEM } from './codes.ts';
import { isSafeAddress } from './url.ts';

const address = z
  .url({ protocol: /^https?$/, error: 'an http or https address, such as "https://fhir.example.nhs.uk/R4"' })
  .refine((text) => !/[?#@]/.test(text), { error: 'an address without a user, a query or a fragment' });

const ALERT_CATEGORIES = [
  'SAFEGUARDING',
  'SCENE_SAFETY',
  'PSYCHOLOGICAL_SOCIAL',
  'REASONABLE_ADJUSTMENT',
  'REPEAT_CALLER',
  'RISK_TO_SELF',
  'RISK_TO_OTHERS',
  'LEGAL_STATUS',
  'MISSING_PERSON',
  'OTHER',
] as const;

/** The part of a trust's configuration that opens the FHIR adapter (docs/fhir.md). */
export const fhirSourceConfig = z.strictObject({
  /** Where the FHIR server is: the address before `/Patient`. */
  baseUrl: address,
  /** Where those who are sent a pointer reach it; `baseUrl` when left out. */
  publicBaseUrl: address
    .refine(isSafeAddress, { error: 'an https address; http is for this machine itself alone' })
    .optional(),
  /** The identifier system under which the server keeps NHS numbers. */
  nhsNumberSystem: z.string().min(1).default(NHS_NUMBER_SYSTEM),
  /** A file that holds the bearer token to show to the server; read for each request, so that the token can change. */
  tokenFile: z.string().refine(isAbsolute, { error: 'an absolute path, such as "/run/secrets/fhir-token"' }).optional(),
  /** What the trust's own categories of flags mean, by `system|code`; any other is `OTHER`. */
  alertCategories: z.record(z.string(), z.enum(ALERT_CATEGORIES)).default({}),
  /** How long the server may take over one request, in milliseconds. */
  timeoutMs: z.int().min(100).max(60_000).default(5_000),
});
