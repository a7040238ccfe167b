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
import { PGlite } from '@electric-sql/pglite';
import { createRecordsSystem } from './records-system.ts';

/*
 * Each trust of the demo has a database of its own inside its process. To make one from nothing takes seconds of work,
 * most of it the same for all; so an empty records system is made once, kept as a file, and loaded by each trust.
 */

const NAME = /^records-system-[0-9a-f]{16}\.tar$/;

/**
 * The file with an empty records system in a folder. It is made when it is not there yet, or when what it is made from has
 * changed: that takes some seconds. It holds no patient.
 */
export async function recordsSystemImage(folder: string): Promise<string> {
  const name = `records-system-${fingerprint()}.tar`;
  const file = join(folder, name);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const old of readdirSync(folder)) if (NAME.test(old)) rmSync(join(folder, old), { force: true });
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
    const unfinished = join(folder, `${name}.${process.pid}`);
    writeFileSync(unfinished, Buffer.from(await image.arrayBuffer()), { mode: 0o600 });
    renameSync(unfinished, file);
  } finally {
    await database.close();
  }
  return file;
}

/** Opens an empty records system, in memory: from its image, or made from nothing when there is none. */
export async function openRecordsSystem(image: string | null): Promise<PGlite> {
  if (image !== null) return PGlite.create({ startParams: START, loadDataDir: await openAsBlob(image) });
  const database = await PGlite.create({ startParams: START });
  await createRecordsSystem(database);
  return database;
}

// A few hundred patients fit into little memory; by default each trust would take 160 MB for its buffers alone.
const START = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'];

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of [
    new URL('records-system.sql', import.meta.url),
    new URL('../package.json', import.meta.resolve('@electric-sql/pglite')),
  ]) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}
