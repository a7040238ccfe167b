import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const lock: { packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
);

/** The place from which Node would load a package that another one imports. */
function placeOf(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const place = `${folder ? `${folder}/` : ''}node_modules/${name}`;
    const locked = lock.packages[place];
    if (locked) return locked.link ? locked.resolved : place;
    if (folder === '') return undefined;
  }
}

/** Everything that installing a workspace brings with it. */
function installedWith(workspace: string): Map<string, Locked> {
  const found = new Map<string, Locked>();
  const open = [workspace];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const locked = lock.packages[place];
    if (!locked || found.has(place)) continue;
    found.set(place, locked);
    const { dependencies, optionalDependencies, peerDependencies } = locked;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const next = placeOf(name, place);
      if (next) open.push(next);
    }
  }
  return found;
}

const ELASTIC = /elastic/i;

test.each(['subgraphs/trust', 'subgraphs/locator'])(
  '%s is installed without the gateway, and without the Elastic License',
  (workspace) => {
    const installed = installedWith(workspace);
    expect(installed.size).toBeGreaterThan(50);
    expect(
      [...installed.keys()].filter((place) => /@apollo\/(gateway|composition|federation-internals)/.test(place)),
    ).toEqual([]);
    expect([...installed].filter(([, { license }]) => ELASTIC.test(license ?? '')).map(([place]) => place)).toEqual([]);
  },
);

test('the gateway brings what the README says is under the Elastic License', () => {
  const elastic = [...installedWith('gateway')]
    .filter(([, { license }]) => ELASTIC.test(license ?? ''))
    .map(([place]) => place);
  expect(elastic).toContain('node_modules/@apollo/gateway');
});

test('the lock file names no address of a registry', () => {
  expect(Object.values(lock.packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([]);
});
