import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  openAsBlob,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { wallClock } from '@caregraph/service/uk-time.ts';
import type { LocalDate, ODSCode } from '@caregraph/trust/records.ts';
import { PGlite } from '@electric-sql/pglite';
import { TRUSTS, trustOf } from './population/trusts.ts';
import { createRecordsSystem, fillRecordsSystem, recordsSystemContent } from './records-system.ts';

/*
 * Each trust of the demo has a database of its own inside its process. To make one from nothing takes seconds of work,
 * most of it the same for all; so an empty records system is made once, kept as a file, and loaded by each trust. Beside it
 * lies what each trust is filled with, because one process makes up all the patients in little more time than each trust
 * would take for its own.
 */

const FILE = /^records-system-[0-9a-f]{16}(?:-[A-Z0-9]+-\d{4}-\d\d-\d\d)?\.(?:tar|txt)$/;

/**
 * The file with an empty records system in a folder, and beside it what each trust holds today. They are made when they
 * are not there yet, or when what they are made from has changed: that takes some seconds.
 */
export async function recordsSystemImage(
  folder: string,
  today: LocalDate = wallClock(new Date()).date,
): Promise<string> {
  const image = join(folder, `records-system-${fingerprint()}.tar`);
  const files = [image, ...TRUSTS.map(({ odsCode }) => contentBeside(image, odsCode, today))];
  if (files.every((file) => existsSync(file))) return image;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) {
    if (FILE.test(name) && !files.includes(join(folder, name))) rmSync(join(folder, name), { force: true });
  }
  if (!existsSync(image)) write(image, new Uint8Array(await makeImage()));
  for (const { odsCode } of TRUSTS) {
    // Other things of this process go on in between.
    await setImmediate();
    write(contentBeside(image, odsCode, today), await contentOf(odsCode, today));
  }
  return image;
}

/**
 * Opens a trust's records system, in memory, with what the trust holds on a day: from an image and what lies beside it, as
 * far as they are there.
 */
export async function openRecordsSystem(image: string | null, odsCode: ODSCode, today: LocalDate): Promise<PGlite> {
  const database = await PGlite.create({
    startParams: START,
    ...(image === null ? {} : { loadDataDir: await openAsBlob(image) }),
  });
  if (image === null) await createRecordsSystem(database);
  const content = image === null ? null : contentBeside(image, odsCode, today);
  const made =
    content !== null && existsSync(content) ? readFileSync(content, 'utf8') : await contentOf(odsCode, today);
  await fillRecordsSystem(database, made);
  return database;
}

// A few hundred patients fit into little memory; by default each trust would take 160 MB for its buffers alone.
const START = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'];

async function makeImage(): Promise<ArrayBuffer> {
  const database = await PGlite.create({ startParams: START, initDbStartParams: ['--wal-segsize=1'] });
  try {
    await createRecordsSystem(database);
    // The templates of further databases are two thirds of it, and each trust would carry them along in memory.
    await database.exec("update pg_database set datistemplate = false where datname like 'template_'");
    await database.exec('drop database template0');
    await database.exec('drop database template1');
    // Otherwise each trust would begin by recovering from a crash.
    await database.exec('checkpoint');
    const image = await database.dumpDataDir('none');
    return await image.arrayBuffer();
  } finally {
    await database.close();
  }
}

const contentBeside = (image: string, odsCode: ODSCode, today: LocalDate): string =>
  image.replace(/\.tar$/, `-${odsCode}-${today}.txt`);

async function contentOf(odsCode: ODSCode, today: LocalDate): Promise<string> {
  // Its many wordings are read only where somebody is made up.
  const { patientsOf } = await import('./patients.ts');
  return recordsSystemContent(trustOf(odsCode), patientsOf(odsCode, today));
}

/** Writes a file so that whoever finds it finds the whole. */
function write(file: string, content: string | Uint8Array): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, content, { mode: 0o600 });
  renameSync(unfinished, file);
}

/** Changes when anything changes that the files are made from. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const own = fileURLToPath(new URL('.', import.meta.url));
  const sources = readdirSync(own, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(?:records-system.*|consortium\.ts|patients\.ts|(?:population|stories)\/.*\.ts)$/.test(path))
    .sort();
  for (const path of sources) hash.update(readFileSync(join(own, path)));
  const codes = fileURLToPath(new URL('.', import.meta.resolve('@caregraph/schema/codes/team-types.json')));
  for (const name of readdirSync(codes).sort()) hash.update(readFileSync(join(codes, name)));
  hash.update(readFileSync(new URL('../package.json', import.meta.resolve('@electric-sql/pglite'))));
  return hash.digest('hex').slice(0, 16);
}
