import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DevelopmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { stringify } from 'yaml';
import { CONSORTIUM, FHIR_TRUST, PORTS } from './consortium.ts';

/** The files that a run of the demo is configured by. They stay, as examples of a configuration that works. */
export interface DemoFiles {
  readonly gateway: string;
  readonly locator: string;
  readonly fhirTrust: string;
  /** The file that holds a trust's token for the locator. */
  token(odsCode: string): string;
  /** The file that a process's log goes to. */
  log(name: string): string;
}

const local = (port: number, path = ''): string => `http://127.0.0.1:${port}${path}`;

/** The address of a trust's subgraph. */
export const trustPort = (odsCode: string): number =>
  PORTS.firstTrust + CONSORTIUM.findIndex((trust) => trust.odsCode === odsCode);

/** The address of the locator. */
export const LOCATOR_URL = local(PORTS.locator, '/graphql');

/** Writes them into a folder. */
export async function writeDemoFiles(options: {
  readonly folder: string;
  /** The folder of the development issuer's keys. */
  readonly keys: string;
  readonly issuer: DevelopmentIssuer;
  readonly gatewayPort: number;
  /** The made-up patient with whom Sandbox opens. */
  readonly patient: string;
}): Promise<DemoFiles> {
  const { folder, issuer, gatewayPort } = options;
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
  return {
    token,
    log: (name) => in_('logs', `${name}.log`),
    gateway: write('gateway.yaml', {
      port: gatewayPort,
      subgraphs: { locator: { url: LOCATOR_URL } },
      trusts: CONSORTIUM.map(({ odsCode, name }) => ({ odsCode, name, url: local(trustPort(odsCode), '/graphql') })),
      development: { keys: options.keys, patient: options.patient },
    }),
    locator: write('locator.yaml', {
      port: PORTS.locator,
      organisations: fileURLToPath(import.meta.resolve('@caregraph/locator/organisations.json')),
      authentication: issuer.authentication,
    }),
    fhirTrust: write(`${FHIR_TRUST}.yaml`, {
      organisation: CONSORTIUM.find(({ odsCode }) => odsCode === FHIR_TRUST),
      port: trustPort(FHIR_TRUST),
      source: { kind: 'fhir', baseUrl: local(PORTS.fhir, '/fhir/R4'), publicBaseUrl: local(PORTS.fhir, '/fhir/R4') },
      locator: { url: LOCATOR_URL, token: { file: token(FHIR_TRUST) } },
    }),
  };
}
