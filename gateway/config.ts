import { fileURLToPath } from 'node:url';
import { parseODSCode } from '@caregraph/schema/scalars.ts';
import { authenticationConfig } from '@caregraph/service/authenticate.ts';
import { clientTlsConfig } from '@caregraph/service/tls.ts';
import { z } from 'zod';
import { callerReading } from './access/caller.ts';
import { auditConfig } from './audit/config.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

const odsCode = z.string().transform((code, context) => {
  try {
    return parseODSCode(code);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be an ODS code of three to twelve letters and digits' });
    return z.NEVER;
  }
});

const trust = z
  .strictObject({
    odsCode,
    name: z.string().min(1),
    /** The address of the trust's subgraph. */
    url: httpUrl,
    /** Other addresses of the same subgraph: asked when that one is slow or fails. */
    also: z.array(httpUrl).min(1).optional(),
  })
  .refine(({ url, also = [] }) => new Set([url, ...also]).size === also.length + 1, {
    path: ['also'],
    message: 'names an address twice',
  });

/** The configuration of a gateway, as it stands in its YAML file. What each part means stands in `docs/gateway.md`. */
export const gatewayConfig = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535).default(4000),
    /** A supergraph file; Caregraph's own when left out. */
    supergraph: z.string().min(1).optional(),
    /** Addresses of subgraphs, by name, in place of those in the supergraph. */
    subgraphs: z.record(z.string(), z.strictObject({ url: httpUrl })).default({}),
    /** Those who serve the gathered subgraph. */
    trusts: z
      .array(trust)
      .refine((trusts) => new Set(trusts.map((each) => each.odsCode)).size === trusts.length, 'names a trust twice')
      .default([]),
    /** How long a request may take, in milliseconds. */
    deadlineMs: z.int().min(50).max(60_000).default(2_000),
    /** How long it still answers, in milliseconds, after it was told to end and has said that it is not ready (`docs/load.md`). */
    drainMs: z.int().min(0).max(120_000).optional(),
    /** The folder of the agreements by which organisations share (`agreement-files.ts`). */
    agreements: z.string().min(1).optional(),
    /** Who the gateway is to those whom it calls, and the file of the private keys with which it says so (`openPrivateKeys`). */
    onward: z.strictObject({ issuer: z.string().min(1), keys: z.string().min(1) }).optional(),
    /** The certificate that it shows to those whom it calls by `https`, and whose certificates it believes. */
    tls: clientTlsConfig.optional(),
    /** Whose tokens are accepted, and how their claims are read. */
    authentication: authenticationConfig.extend(callerReading.shape).optional(),
    /** Files of persisted query manifests: the documents of each app, which may run where only registered ones do. */
    operations: z.array(z.string().min(1)).default([]),
    /** Where the record of who looked is kept. */
    audit: auditConfig.optional(),
    /** A developer's machine: tokens of the development issuer are accepted, and Apollo Sandbox is the landing page. */
    development: z
      .strictObject({
        /** The folder of the development issuer's keys. */
        keys: z.string().min(1),
        /** The NHS number of a made-up patient, with whom Sandbox opens. */
        patient: z.string().optional(),
      })
      .optional(),
  })
  .refine(({ authentication, development }) => (authentication === undefined) !== (development === undefined), {
    message: 'must hold either "authentication" or "development", and not both',
  });

export type GatewayConfig = z.infer<typeof gatewayConfig>;

/** Caregraph's own supergraph. */
export const OWN_SUPERGRAPH = fileURLToPath(import.meta.resolve('@caregraph/schema/supergraph.graphql'));
