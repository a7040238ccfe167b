import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process writes into this folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/**
 * Keeps a folder to this process until the function that it returns is called, or the process ends, however it ends.
 *
 * A file that holds a process id would have to be judged after `kill -9`: is the process gone, or does another have its
 * number now, or is it in another container? The kernel's own lock on a file has none of these questions, since it ends
 * with the process. Node has no call for it, but SQLite takes one, and Node has SQLite.
 *
 * @throws FolderInUseError that says which process has it.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'lock');
  const holder = join(folder, 'lock-holder');
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new FolderInUseError(`${folder} is in use by ${readHolder(holder)}.`, { cause: error });
  }
  chmodSync(file, 0o600);
  // For the message above, and for nothing else.
  writeFileSync(holder, `process ${process.pid} on ${hostname()}`, { mode: 0o600 });
  return () => {
    rmSync(holder, { force: true });
    lock.close();
  };
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'another process';
  }
}
