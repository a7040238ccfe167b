import { createLog } from '@caregraph/service/log.ts';
import { describe, expect, it } from 'vitest';
import { watchUnmapped } from '../../../subgraphs/trust/watch-unmapped.ts';

describe('records that were left out', () => {
  it('are logged when there is a new reason, and each time that the number of one has doubled', () => {
    const counts = new Map<string, number>();
    const logged: unknown[] = [];
    const asked = watchUnmapped(
      { unmapped: () => counts },
      createLog({ name: 'trust', destination: { write: (line) => logged.push(JSON.parse(line).unmapped) } }),
    );
    asked();
    expect(logged).toEqual([]);
    for (let count = 1; count <= 9; count += 1) {
      counts.set('alerts.text: missing', count);
      if (count === 9) counts.set('contacts.hours: missing', 1);
      asked();
      asked();
    }
    expect(logged).toEqual([
      { 'alerts.text: missing': 1 },
      { 'alerts.text: missing': 2 },
      { 'alerts.text: missing': 4 },
      { 'alerts.text: missing': 8 },
      { 'contacts.hours: missing': 1 },
    ]);
  });
});
