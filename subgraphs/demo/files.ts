import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JWKS_PATH } from '@caregraph/gateway/access/onward-keys.ts';
import type { DevelopmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { stringify } from 'yaml';
import { CONSORTIUM, FHIR_TRUST, type Ports } from './consortium.ts';

/**
 * The files that a run of the demo is configured by. They stay, as examples of a configuration that works; and so does what
 * the run leaves of who looked.
 */
export interface DemoFiles {
  readonly gateway: string;
  readonly locator: string;
  readonly access: string;
  readonly earlyWarning: string;
  readonly fhirTrust: string;
  /** The locator's address. */
  readonly locatorUrl: string;
  /** How those whom the gateway calls know it: its name, and where its public keys stand. */
  readonly gatewayIdentity: { readonly issuer: string; readonly jwks: { readonly url: string } };
  /** The file that holds a trust's token for the locator. */
  token(odsCode: string): string;
  /** The file that a process's log goes to. */
  log(name: string): string;
}

/** The demo's gateway, to those whom it calls. */
const GATEWAY = 'urn:caregraph:demo:gateway';

const local = (port: number, path = ''): string => `http://127.0.0.1:${port}${path}`;

/** Writes them into a folder. */
export async function writeDemoFiles(options: {
  readonly folder: string;
  /** The folder of the development issuer's keys. */
  readonly keys: string;
  readonly issuer: DevelopmentIssuer;
  readonly gatewayPort: number;
  readonly ports: Ports;
  /** The made-up patient with whom Sandbox opens. */
  readonly patient: string;
}): Promise<DemoFiles> {
  const { folder, issuer, gatewayPort, ports } = options;
  const locatorUrl = local(ports.locator, '/graphql');
  const in_ = (...path: string[]): string => join(folder, ...path);
  rmSync(in_('logs'), { recursive: true, force: true });
  for (const each of ['logs', 'tokens']) mkdirSync(in_(each), { recursive: true, mode: 0o700 });
  const write = (file: string, content: unknown): string => {
    writeFileSync(in_(file), stringify(content), { mode: 0o600 });
    return in_(file);
  };
  const token = (odsCode: string): string => in_('tokens', odsCode);
  for (const { odsCode } of CONSORTIUM) {
    writeFileSync(token(odsCode), await issuer.publisherToken(odsCode), { mode: 0o600 });
  }
  const gatewayIdentity = { issuer: GATEWAY, jwks: { url: local(gatewayPort, JWKS_PATH) } };
  return {
    locatorUrl,
    gatewayIdentity,
    token,
    log: (name) => in_('logs', `${name}.log`),
    gateway: write('gateway.yaml', {
      port: gatewayPort,
      // Eighteen processes on one machine take turns.
      deadlineMs: 5_000,
      subgraphs: {
        locator: { url: locatorUrl },
        access: { url: local(ports.access, '/graphql') },
        'early-warning': { url: local(ports.earlyWarning, '/graphql') },
      },
      trusts: CONSORTIUM.map(({ odsCode, name }) => ({ odsCode, name, url: local(ports.trust(odsCode), '/graphql') })),
      agreements: fileURLToPath(import.meta.resolve('@caregraph/demo/agreements')),
      onward: { issuer: GATEWAY, keys: in_('onward-keys.json') },
      audit: { folder: in_('audit'), keys: in_('audit-keys.json') },
      development: { keys: options.keys, patient: options.patient },
    }),
    access: write('access.yaml', {
      port: ports.access,
      gateway: gatewayIdentity,
      database: { dataDir: in_('access') },
    }),
    earlyWarning: write('early-warning.yaml', { port: ports.earlyWarning, gateway: gatewayIdentity }),
    locator: write('locator.yaml', {
      port: ports.locator,
      gateway: gatewayIdentity,
      organisations: fileURLToPath(import.meta.resolve('@caregraph/locator/organisations.json')),
      authentication: issuer.authentication,
    }),
    fhirTrust: write(`${FHIR_TRUST}.yaml`, {
      organisation: CONSORTIUM.find(({ odsCode }) => odsCode === FHIR_TRUST),
      port: ports.trust(FHIR_TRUST),
      gateway: gatewayIdentity,
      source: { kind: 'fhir', baseUrl: local(ports.fhir, '/fhir/R4'), publicBaseUrl: local(ports.fhir, '/fhir/R4') },
      locator: { url: locatorUrl, token: { file: token(FHIR_TRUST) } },
    }),
  };
}
