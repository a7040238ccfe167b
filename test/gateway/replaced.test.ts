import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { ended, type GatewayFiles, type GatewayProcess, gatewayFiles } from './gateway-process.ts';

const QUERY =
  'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } sources { custodian { odsCode name } status } } }';
const PATIENTS = nhsNumbers(2);
const ANSWER = {
  patient: { crisisPlans: [{ id: 'RW5:1' }], sources: [{ custodian: { odsCode: 'RW5', name: 'Trust RW5' } }] },
};

let files: GatewayFiles;
beforeAll(async () => {
  files = await gatewayFiles(PATIENTS);
});
afterEach(() => files.kill());
afterAll(() => files.stop());

const write = (keys: Record<string, unknown>): void => writeFileSync(files.file, JSON.stringify(files.config(keys)));
const ask = async (url: string, query = QUERY, as = files): Promise<{ data: unknown; errors?: unknown }> => {
  const response = await as.post(url, query, { n: PATIENTS[0] });
  return (await response.json()) as { data: unknown };
};
const logged = ({ output }: GatewayProcess, message: string) =>
  expect.poll(() => output.out.split('\n').filter((line) => line.includes(message)), { timeout: 20_000 });
const sdl = readFileSync(OWN_SUPERGRAPH, 'utf8');
const REPLACED = 'the configuration was replaced';
const REFUSED = 'the configuration was refused';

describe('a configuration that changes while the gateway runs', () => {
  test('another name, address and deadline of a trust are in force without a new start', async () => {
    const gateway = files.start();
    const url = await gateway.ready;
    expect((await ask(url)).data).toMatchObject(ANSWER);
    write({ trusts: [{ odsCode: 'RW5', name: 'Renamed', url: files.trust.url }], deadlineMs: 9_000 });
    await logged(gateway, REPLACED).toHaveLength(1);
    expect((await ask(url)).data).toMatchObject({
      patient: { crisisPlans: [{ id: 'RW5:1' }], sources: [{ custodian: { name: 'Renamed' } }] },
    });
  });

  test('what has begun ends with the one that it began with', async () => {
    const gateway = files.start();
    const url = await gateway.ready;
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    files.trust.hold = () => {
      asked.resolve();
      return held.promise;
    };
    const begun = ask(url);
    await asked.promise;
    files.trust.hold = null;
    write({ trusts: [{ odsCode: 'RW5', name: 'Renamed', url: files.trust.url }] });
    await logged(gateway, REPLACED).toHaveLength(1);
    held.resolve();
    expect((await begun).data).toMatchObject(ANSWER);
    expect(JSON.stringify(await ask(url))).toContain('Renamed');
    gateway.child.kill('SIGTERM');
    expect(await ended(gateway.child)).toBe(0);
  });

  test('a change that waits for a new start is named in the log', async () => {
    const gateway = files.start();
    await gateway.ready;
    const { locator } = files.config().subgraphs as { locator: object };
    write({ host: '127.0.0.2', subgraphs: { locator, access: { url: 'http://127.0.0.1:1/graphql' } } });
    await logged(gateway, 'wait for the next start').toEqual([expect.stringContaining('["host","subgraphs.access"]')]);
  });

  test('a supergraph with another field is served, and agreements that share "all" share it', async () => {
    const supergraph = join(files.folder, 'supergraph.graphql');
    writeFileSync(supergraph, sdl.replace('  completeness: Completeness', '  wholeness: Completeness'));
    const gateway = files.start({ supergraph: 'supergraph.graphql' });
    const url = await gateway.ready;
    const whole = 'query($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } completeness } }';
    expect(await ask(url, whole)).toMatchObject({ errors: [{ message: expect.stringContaining('completeness') }] });
    writeFileSync(supergraph, sdl);
    await logged(gateway, REPLACED).toHaveLength(1);
    expect((await ask(url, whole)).data).toMatchObject({ patient: { completeness: 'COMPLETE' } });
  });
});

describe('what cannot be served', () => {
  let own: GatewayFiles;
  let gateway: GatewayProcess;
  let url: string;
  let supergraph: string;
  beforeAll(async () => {
    own = await gatewayFiles(PATIENTS);
    supergraph = join(own.folder, 'supergraph.graphql');
    writeFileSync(supergraph, sdl);
    const everything = join(own.folder, 'agreements', 'everything.yaml');
    const agreement = readFileSync(everything, 'utf8');
    writeFileSync(everything, agreement.replace('recordTypes: all', 'recordTypes: [crisisPlans]'));
    gateway = own.start({ supergraph: 'supergraph.graphql' });
    url = await gateway.ready;
    expect((await ask(url, QUERY, own)).data).toMatchObject(ANSWER);
  });
  afterAll(() => own.stop());
  const spoilt = (keys: Record<string, unknown>): void =>
    writeFileSync(own.file, JSON.stringify(own.config({ supergraph: 'supergraph.graphql', ...keys })));

  test.each<[string, () => void, RegExp]>([
    ['a configuration that is not YAML', () => writeFileSync(own.file, 'trusts: [}'), /not a valid configuration/],
    ['an empty one', () => writeFileSync(own.file, ''), /authentication/],
    ['one that names a trust twice', () => spoilt({ trusts: [1, 2].flatMap(() => files.config().trusts) }), /twice/],
    ['one that names no supergraph that is there', () => spoilt({ supergraph: 'nowhere.graphql' }), /cannot be read/],
    [
      'one with the address of a subgraph that there is not',
      () => spoilt({ subgraphs: { locatr: { url: 'http://127.0.0.1:1' } } }),
      /no subgraph/,
    ],
    [
      'a supergraph that is cut short',
      () => writeFileSync(supergraph, sdl.slice(0, sdl.length / 2)),
      /supergraph cannot be served/,
    ],
    [
      'a supergraph that is none',
      () => writeFileSync(supergraph, 'type Query { a: Int }'),
      /supergraph cannot be served/,
    ],
    [
      'a supergraph without a record type that an agreement names',
      () => {
        writeFileSync(supergraph, sdl.replaceAll('crisisPlans', 'plansForCrises'));
      },
      /must be one of .*plansForCrises/,
    ],
  ])('%s is refused and logged; the last good one stays, and readiness with it', async (_what, spoil, why) => {
    const before = { file: readFileSync(own.file), supergraph: readFileSync(supergraph) };
    const seen = gateway.output.out.length;
    const since = (message: string) =>
      expect.poll(
        () =>
          gateway.output.out
            .slice(seen)
            .split('\n')
            .filter((line) => line.includes(message)),
        { timeout: 20_000 },
      );
    spoil();
    await since(REFUSED).toEqual([expect.stringMatching(why)]);
    expect((await ask(url, QUERY, own)).data).toMatchObject(ANSWER);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    writeFileSync(own.file, before.file);
    writeFileSync(supergraph, before.supergraph);
    await since(REPLACED).toHaveLength(1);
    expect((await ask(url, QUERY, own)).data).toMatchObject(ANSWER);
  });
});
