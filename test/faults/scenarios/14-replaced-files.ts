import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { askOnce } from '../load.ts';
import { isRunning } from '../one-by-one.ts';
import type { Scenario } from '../scenario.ts';
import type { GatewayProcess, World } from '../world.ts';

const NAME = 'followed';
const CONFIG = `${NAME}.yaml`;
const SUPERGRAPH = `${NAME}.graphql`;
const AGREEMENT = join('agreements', 'everything.yaml');

/** Longer than it takes to notice that a file has changed. */
const NOTICED_MS = 15_000;

/** What a file is replaced by, out of what it held. */
const BROKEN: readonly { readonly what: string; readonly file: string; readonly by: (good: string) => string }[] = [
  { what: 'a configuration that is empty', file: CONFIG, by: () => '' },
  { what: 'a configuration that is cut off', file: CONFIG, by: (good) => good.slice(0, good.length / 2) },
  {
    what: 'a configuration with a key that there is not',
    file: CONFIG,
    by: (good) => good.replace('"trusts"', '"trust"'),
  },
  {
    what: 'a configuration with an address that is none',
    file: CONFIG,
    by: (good) => good.replace('http://', 'file://'),
  },
  {
    what: 'a configuration with a supergraph that is not there',
    file: CONFIG,
    by: (good) => good.replace(SUPERGRAPH, 'none'),
  },
  { what: 'a supergraph that is empty', file: SUPERGRAPH, by: () => '' },
  { what: 'a supergraph that is cut off', file: SUPERGRAPH, by: (good) => good.slice(0, good.length / 2) },
  {
    what: 'a supergraph that cannot be served',
    file: SUPERGRAPH,
    by: (good) => good.replaceAll('by: "custodians"', 'by: "nobody"'),
  },
  { what: 'an agreement that is cut off', file: AGREEMENT, by: (good) => good.slice(0, good.length - 40) },
  {
    what: 'an agreement that names what there is not',
    file: AGREEMENT,
    by: (good) => good.replaceAll('recordTypes: all', 'recordTypes: [secrets]'),
  },
];

export const replacedFiles: Scenario = {
  id: 14,
  title: 'configuration, agreement or supergraph file replaced by a broken one while running',
  holds: [
    { id: 'changed', what: 'times that an answer was another one afterwards', atMost: 0 },
    { id: 'unsaid', what: 'times that no error was logged', atMost: 0 },
    { id: 'unready', what: 'times that readiness was another one', atMost: 0 },
    { id: 'crashes', what: 'crashes', atMost: 0 },
    { id: 'ignored', what: 'good changes that were not taken afterwards', atMost: 0 },
  ],
  async run({ world, isLong }) {
    const at = (file: string): string => join(world.folder, file);
    copyFileSync(OWN_SUPERGRAPH, at(SUPERGRAPH));
    const gateway = await world.startGateway(NAME, { supergraph: SUPERGRAPH });
    const there: World = { ...world, gateway };
    // A process that has just begun may not be able to answer in time yet.
    if (!(await within(NOTICED_MS, () => isWhole(there)))) throw new Error('The gateway does not answer whole.');
    const ready = await readiness(gateway);
    const notes: string[] = [];
    let [changed, unsaid, unready] = [0, 0, 0];
    // Noticing each takes a second or two.
    const tried = BROKEN.filter((_, i) => isLong || i % 2 === 1);
    for (const { what, file, by } of tried) {
      const good = readFileSync(at(file), 'utf8');
      const bad = by(good);
      if (bad === good) throw new Error(`Nothing is broken by ${what}.`);
      const before = errorsIn(gateway);
      replace(at(file), bad);
      const said = await within(NOTICED_MS, () => errorsIn(gateway) > before);
      // Twice, since a busy machine may make one answer late.
      const right = (await isWhole(there)) || (await isWhole(there));
      const isReady = (await readiness(gateway)) === ready;
      if (!said) unsaid++;
      if (!right) changed++;
      if (!isReady) unready++;
      if (!said || !right || !isReady) {
        notes.push(
          `${what}: ${[!said && 'no error logged', !right && 'another answer', !isReady && 'another readiness'].filter(Boolean).join(', ')}`,
        );
      }
      replace(at(file), good);
    }
    // What is good is still taken: one trust less.
    const good = readFileSync(at(CONFIG), 'utf8');
    const config = JSON.parse(good) as { trusts: unknown[] };
    replace(at(CONFIG), JSON.stringify({ ...config, trusts: config.trusts.slice(1) }));
    const taken = await within(NOTICED_MS, async () => (await readiness(gateway)) !== ready);
    const crashes = isRunning(there) ? 0 : 1;
    await gateway.stop();
    return {
      figures: { changed, unsaid, unready, crashes, ignored: taken ? 0 : 1 },
      notes: [`${tried.length} broken files: ${tried.map(({ what }) => what).join('; ')}`, ...notes],
    };
  },
};

/** In one step, as whoever is careful does it. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** How many errors a gateway has logged: lines of level 50 (pino). */
const errorsIn = (gateway: GatewayProcess): number => gateway.log().split('"level":50').length - 1;

async function readiness({ url }: GatewayProcess): Promise<string> {
  const response = await fetch(`${url}/health/ready`);
  const { detail } = (await response.json()) as { detail?: { trusts?: number } };
  return `${response.status} ${detail?.trusts}`;
}

/** Whether everything of some patients comes, with everybody well. */
async function isWhole(world: World): Promise<boolean> {
  const { verdicts } = await askOnce(world, world.truth.patients.slice(0, 8));
  return verdicts.every(
    ({ wrong, sources }) =>
      wrong.length === 0 && [...sources.values()].every(({ status }) => status.startsWith('ANSWERED')),
  );
}

async function within(ms: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (await holds()) return true;
    await sleep(50);
  }
  return false;
}
