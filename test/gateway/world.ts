import type { AccessServices } from '@caregraph/gateway/access/services.ts';
import type { GatewayOptions } from '@caregraph/gateway/server.ts';
import type { Holdings } from '../subgraphs/trust/memory-source.ts';
import { startEarlyWarning, type TestEarlyWarning } from '../support/early-warning.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startLocator, type TestLocator } from '../support/index-of.ts';
import { startTrust, type TestTrust } from '../support/trust.ts';

export interface World<Code extends string> {
  readonly gateway: TestGateway;
  readonly locator: TestLocator;
  readonly earlyWarning: TestEarlyWarning;
  readonly trusts: Readonly<Record<Code, TestTrust>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Trusts with their records, a locator that knows of them, the early-warning subgraph, and a gateway over all. */
export async function world<Code extends string>(
  holdings: Readonly<Record<Code, Holdings>>,
  custodians: Readonly<Record<string, readonly string[]>>,
  options: Partial<GatewayOptions & AccessServices> = {},
): Promise<World<Code>> {
  const codes = Object.keys(holdings) as Code[];
  const started = await Promise.all(codes.map((code) => startTrust(code, holdings[code])));
  const locator = await startLocator(custodians);
  const earlyWarning = await startEarlyWarning();
  const gateway = await startGateway({ locator, earlyWarning, trusts: started, ...options });
  return {
    gateway,
    locator,
    earlyWarning,
    trusts: Object.fromEntries(started.map((trust) => [trust.odsCode, trust])) as Record<Code, TestTrust>,
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      await Promise.all([locator.stop(), earlyWarning.stop(), ...started.map((trust) => trust.stop())]);
    },
  };
}
