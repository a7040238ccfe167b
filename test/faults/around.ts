import { createServer } from 'node:http';
import { accessAnswer, standIn } from '../bench/stand-ins.ts';
import { listen } from '../support/listen.ts';
import { type LocatorFault, startFaultLocator } from './fault-locator.ts';
import { startFaultTrust, type TrustCounts, type TrustFault } from './fault-trust.ts';
import { makeTruth, TRUST_CODES, trustName } from './truth.ts';

/*
 * A process with everything around the gateway: ten trusts, the locator, the access subgraph, and a sink that nobody is ever
 * to call. It is told the seed on the command line and everything else by IPC, and answers each message with its number.
 */

/** Where everything is. */
export interface AroundAddresses {
  readonly locator: string;
  readonly access: string;
  readonly sink: string;
  readonly trusts: readonly { readonly odsCode: string; readonly name: string; readonly url: string }[];
}

/** What it can be told. */
export type AroundCommand =
  | { readonly do: 'trusts'; readonly faults: Readonly<Record<string, TrustFault | null>> }
  | { readonly do: 'locator'; readonly fault: LocatorFault | null }
  | { readonly do: 'count' };

/** What has been seen since it was last asked, by trust; and how often the sink was called, ever. */
export interface AroundCounts {
  readonly trusts: Readonly<Record<string, TrustCounts>>;
  readonly sink: number;
}

const [seed = ''] = process.argv.slice(2);
const truth = makeTruth(seed);
let called = 0;
const sink = await listen(
  createServer((_request, response) => {
    called++;
    response.end('{"data":{"g0":[]}}');
  }),
);
const locator = await startFaultLocator(truth, sink.url);
const access = await standIn(accessAnswer);
const trusts = await Promise.all(
  TRUST_CODES.map((odsCode) => startFaultTrust({ odsCode, truth, seed, sink: sink.url })),
);

async function carryOut(command: AroundCommand): Promise<AroundCounts | null> {
  switch (command.do) {
    case 'trusts':
      await Promise.all(
        trusts.map(async (trust) => {
          const fault = command.faults[trust.odsCode];
          if (fault !== undefined) await trust.set(fault);
        }),
      );
      return null;
    case 'locator':
      await locator.set(command.fault);
      return null;
    case 'count':
      return { trusts: Object.fromEntries(trusts.map((trust) => [trust.odsCode, trust.counts()])), sink: called };
  }
}

process.on('message', (message: { readonly id: number; readonly command: AroundCommand }) => {
  carryOut(message.command).then(
    (value) => process.send?.({ id: message.id, value }),
    (error: unknown) => process.send?.({ id: message.id, error: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.({
  locator: locator.url,
  access: access.url,
  sink: sink.url,
  trusts: trusts.map(({ odsCode, url }) => ({ odsCode, name: trustName(odsCode), url })),
} satisfies AroundAddresses);
