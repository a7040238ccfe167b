import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** That another process has the folder. The message says which one. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

const LOCK = 'caregraph.lock';
const HOLDER = 'caregraph.lock.holder';

/** SQLite's result code for a lock that somebody else has (SQLITE_BUSY). */
const BUSY = 5;

/**
 * Takes a folder for this process alone, and makes it where it is not there yet; it is for this user's eyes only (0700).
 *
 * The lock is the operating system's, on a file in the folder, and ends with the process, however that ends: there is no
 * stale lock to be taken over, and no number of a process that could be another's by now. Node itself offers no file
 * locks; SQLite, which comes with it, takes the same on every platform. The file stays empty.
 *
 * @returns what lets go of it; nothing of this process may use the folder any more then.
 * @throws FolderInUseError when another process has it, or this one has it already.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = new DatabaseSync(join(folder, LOCK), { timeout: 0 });
  try {
    file.exec('pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    file.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) throw inUse(folder);
    throw error;
  }
  // Read by people alone: the lock does not depend on it.
  const holder = join(folder, HOLDER);
  writeFileSync(holder, `process ${process.pid} on ${hostname()}, since ${new Date().toISOString()}\n`, {
    mode: 0o600,
  });
  for (const each of [join(folder, LOCK), holder]) chmodSync(each, 0o600);
  return () => {
    if (file.isOpen) file.close();
  };
}

function inUse(folder: string): FolderInUseError {
  let holder = 'another process';
  try {
    holder = readFileSync(join(folder, HOLDER), 'utf8').trim() || holder;
  } catch {
    // It has only just taken the folder.
  }
  return new FolderInUseError(
    `The folder ${folder} is in use by ${holder}. One process alone may use it: end that one first, or give this one a folder of its own.`,
  );
}
