import type { Logger } from '@caregraph/service/log.ts';
import type { TrustSource } from './source.ts';

/**
 * Logs what a source left out: whenever there is a new reason, and then each time that the number of a reason has doubled,
 * so that a row that is read every minute does not fill the log. Call it after the source was asked.
 */
export function watchUnmapped(source: Pick<TrustSource, 'unmapped'>, log: Logger): () => void {
  const told = new Map<string, number>();
  return () => {
    const news: Record<string, number> = {};
    for (const [reason, count] of source.unmapped()) {
      if (count < 2 * (told.get(reason) ?? 0.5)) continue;
      told.set(reason, count);
      news[reason] = count;
    }
    if (Object.keys(news).length > 0)
      log.warn({ unmapped: news }, 'records were left out, because they cannot be mapped');
  };
}
