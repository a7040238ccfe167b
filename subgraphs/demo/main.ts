import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { DEVELOPMENT_KEYS } from '@caregraph/gateway/development/keys.ts';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { createLocatorClient } from '@caregraph/trust/publish/locator-client.ts';
import { CONSORTIUM, FHIR_TRUST, portsOf } from './consortium.ts';
import { type DemoFiles, writeDemoFiles } from './files.ts';
import { Processes } from './processes.ts';
import { recordsSystemImage } from './records-system-image.ts';
import stories from './stories.json' with { type: 'json' };

/**
 * Everything on this machine: the locator, the access and the early-warning subgraph, thirteen trusts with made-up patients, and
 * the gateway. Of what it does it keeps who looked, and nothing else.
 */

const CACHE = new URL('../../.caregraph/cache/', import.meta.url);
const GRACE_MS = 5_000;
const PUBLISHED_WITHIN_MS = 60_000;
const FIRST_STORY = 'lancashire-in-london';

// `--shift N` moves every port but the gateway's, and the files, for a second demo beside the first.
const { shift } = parseArgs({ options: { shift: { type: 'string', default: '0' } } }).values;
const ports = portsOf(Number(shift));
const gatewayPort = Number(process.env.PORT ?? 4000);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const script = (module: string): string => fileURLToPath(import.meta.resolve(module));

// The embedded databases are WebAssembly. Compiled well they would answer faster, but every process would compile them
// once more, for a quarter to a third of its start (measured on two cores).
const QUICK_TO_COMPILE = '--liftoff-only';
setFlagsFromString(QUICK_TO_COMPILE);

const processes = new Processes({
  execArgv: [QUICK_TO_COMPILE],
  // Most of what starts is the same for all: compiled by the first, it is there for the others.
  env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node', CACHE)) },
  onEnd: (name) => say(`${name} has ended.`),
});
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(0));

try {
  await start();
} catch (error) {
  if (!stopping.signal.aborted) {
    say(error instanceof Error ? error.message : String(error));
    await end(1);
  }
}

async function end(status: number): Promise<void> {
  stopping.abort();
  await processes.stop(GRACE_MS);
  process.exit(status);
}

async function start(): Promise<void> {
  if (!Number.isInteger(gatewayPort) || gatewayPort < 1 || gatewayPort > 65_535) {
    throw new Error('PORT is the number of the port that the gateway is to listen on, from 1 to 65535.');
  }
  await refuseTakenPorts();
  const story = stories.find(({ id }) => id === FIRST_STORY);
  if (!story) throw new Error(`There is no story "${FIRST_STORY}".`);
  const issuer = await developmentIssuer(DEVELOPMENT_KEYS);
  const files = await writeDemoFiles({
    folder: fileURLToPath(new URL(`../../.caregraph/demo${shift === '0' ? '' : `-${shift}`}`, import.meta.url)),
    keys: DEVELOPMENT_KEYS,
    issuer,
    gatewayPort,
    ports,
    patient: story.nhsNumber,
  });
  say('Starting the locator, two subgraphs, thirteen trusts and the gateway. All patients are made up.');

  const run = async (name: string, what: string, module: string, argv: readonly string[]): Promise<void> => {
    const pid = await processes.start({ name, script: script(module), argv, log: files.log(name) });
    say(`  ${what} (process ${pid})`);
  };
  // Made once, in this process, while the others start; each trust then loads it.
  const image = recordsSystemImage(fileURLToPath(CACHE));
  const trust = async ({ odsCode, name }: (typeof CONSORTIUM)[number]): Promise<void> => {
    const what = `${odsCode} ${name}, port ${ports.trust(odsCode)}`;
    if (odsCode !== FHIR_TRUST) {
      const argv = ['--image', await image, '--org', odsCode, '--name', name, '--port', String(ports.trust(odsCode))];
      const { issuer, jwks } = files.gatewayIdentity;
      await run(odsCode, what, '@caregraph/demo/trust-main.ts', [
        ...argv,
        ...['--locator', files.locatorUrl, '--token', files.token(odsCode)],
        ...['--gateway-issuer', issuer, '--gateway-jwks', jwks.url],
      ]);
      return;
    }
    await run('fhir', `FHIR server of ${odsCode}, port ${ports.fhir}`, '@caregraph/demo/fhir/main.ts', [
      '--port',
      String(ports.fhir),
    ]);
    await run(odsCode, what, '@caregraph/trust/main.ts', ['--config', files.fhirTrust]);
  };
  // As many at a time as the machine has cores: more would only take turns, and all their memory at once.
  const waiting = [...CONSORTIUM];
  const startWaiting = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await trust(next);
  };
  await Promise.all([
    run('locator', `locator, port ${ports.locator}`, '@caregraph/locator/main.ts', ['--config', files.locator]),
    run('access', `access, port ${ports.access}`, '@caregraph/access/main.ts', ['--config', files.access]),
    run('early-warning', `early-warning, port ${ports.earlyWarning}`, '@caregraph/early-warning/main.ts', [
      '--config',
      files.earlyWarning,
    ]),
    run('gateway', `gateway, port ${gatewayPort}`, '@caregraph/gateway/main.ts', ['--config', files.gateway]),
    ...Array.from({ length: availableParallelism() }, () => startWaiting()),
  ]);
  say('  every trust is telling the locator what it holds …');
  for (const { odsCode } of CONSORTIUM) await published(odsCode, files);
  const paramedic = (user: string): Promise<string> =>
    issuer.token({ organisation: 'RRU', role: 'paramedic', user, purpose: 'directcare' });
  await askOnce(story.nhsNumber, await paramedic('demo'));
  announce(story.nhsNumber, await paramedic('developer'));
}

/** The first question has the gateway plan it, and everybody fetch keys and connect: nobody need wait for that. */
async function askOnce(nhsNumber: string, token: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${gatewayPort}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: schemaFile('operations/crisis.graphql'), variables: { nhsNumber } }),
    signal: stopping.signal,
  });
  await answer.arrayBuffer();
}

/** Waits until the locator knows what a trust holds. */
async function published(odsCode: string, files: DemoFiles): Promise<void> {
  const client = createLocatorClient({
    url: files.locatorUrl,
    custodian: odsCode,
    token: () => readFile(files.token(odsCode), 'utf8'),
  });
  const late = AbortSignal.any([stopping.signal, AbortSignal.timeout(PUBLISHED_WITHIN_MS)]);
  while ((await client.published(late)).size === 0) await wait(200, undefined, { signal: late });
}

async function refuseTakenPorts(): Promise<void> {
  const wanted = [
    gatewayPort,
    ports.locator,
    ports.access,
    ports.earlyWarning,
    ports.fhir,
    ...CONSORTIUM.map(({ odsCode }) => ports.trust(odsCode)),
  ];
  const taken = await Promise.all(wanted.map(isTaken));
  const list = wanted.filter((_, i) => taken[i]);
  if (list.length > 0) {
    throw new Error(`Something else listens on port ${list.join(', ')}. End it, or move the gateway with PORT=….`);
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(true));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(false)));
  });
}

function announce(nhsNumber: string, token: string): void {
  const address = `http://127.0.0.1:${gatewayPort}/graphql`;
  const query =
    'query Crisis($n: NHSNumber!) { patient(nhsNumber: $n) { completeness sources { custodian { name } status } crisisPlans { custodian { name } title whatHelps } contacts { name answersNow telecoms { value } } alerts { text } } }';
  say(`
Caregraph is ready at ${address}

Ask it (a paramedic of London Ambulance meets a patient of Lancashire Care):

curl -s ${address} -H 'content-type: application/json' \\
  -H 'authorization: Bearer ${token}' \\
  -d '${JSON.stringify({ query, variables: { n: nhsNumber } })}'

Or open ${address} in a browser: Apollo Sandbox, with a query and this token.
Stop one trust with \`kill PID\`, everything with Ctrl-C.`);
}
