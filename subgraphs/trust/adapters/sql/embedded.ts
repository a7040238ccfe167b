import { PGlite } from '@electric-sql/pglite';
import type { Runner } from './database.ts';
import { SETTINGS } from './settings.ts';

/** PostgreSQL inside this process. It has one session, in which one statement runs at a time. */
export function openEmbedded(options: { readonly dataDir: string } | { readonly pglite: PGlite }): Runner {
  let opened: Promise<PGlite> | undefined;
  const open = async (): Promise<PGlite> => {
    const pglite = 'pglite' in options ? options.pglite : await PGlite.create(options.dataDir);
    await pglite.query(SETTINGS);
    return pglite;
  };
  return {
    async run<Row extends object>(text: string, values: unknown[], signal: AbortSignal) {
      opened ??= open();
      const pglite = await opened;
      signal.throwIfAborted();
      const { rows } = await pglite.query<Row>(text, values);
      return rows;
    },
    async close() {
      const pglite = 'pglite' in options ? options.pglite : await opened;
      if (pglite && !pglite.closed) await pglite.close();
    },
  };
}
