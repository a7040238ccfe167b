import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { listen } from '../support/listen.ts';
import { arrivals, goodput, p99, percentile, shareServed } from './arrivals.ts';

const call = (n: number) => ({ body: `${n}`, headers: {}, kind: n % 2 ? 'odd' : 'even' });

describe('a constant rate of arrivals', () => {
  test('asks as often as it is told to, also while nobody answers, and counts from when it was to ask', async () => {
    const held: (() => void)[] = [];
    let isHolding = true;
    const server = await listen(
      createServer((request, response) => {
        request.resume();
        const answer = (): unknown => response.end('{}');
        if (isHolding) held.push(answer);
        else answer();
      }),
    );
    const released = new Promise<number>((resolve) => {
      setTimeout(() => {
        isHolding = false;
        resolve(held.length);
        for (const answer of held) answer();
      }, 500);
    });
    const result = await arrivals({ url: server.url, rate: 100, seconds: 1, call });
    await server.stop();
    expect(result.samples).toHaveLength(100);
    // Half of them had come by the time at which the first was answered: nobody waited for an answer before asking.
    expect(await released).toBeGreaterThan(25);
    const first = result.samples.find(({ at }) => at === 0);
    expect(first?.ms).toBeGreaterThanOrEqual(450);
    expect(goodput(result)).toBe(100);
    expect(result.samples.map(({ at }) => at).sort((one, other) => one - other)).toEqual(
      Array.from({ length: 100 }, (_, n) => n * 10),
    );
  });

  test('counts what fails, by kind, and an answer that comes too late as none', async () => {
    const server = await listen(
      createServer((request, response) => {
        let body = '';
        request.on('data', (chunk) => {
          body += chunk;
        });
        request.on('end', () => {
          if (Number(body) % 2) response.destroy();
          else response.end('{}');
        });
      }),
    );
    const result = await arrivals({ url: server.url, rate: 50, seconds: 0.4, call });
    await server.stop();
    expect(shareServed(result, ({ kind }) => kind === 'odd')).toBe(0);
    expect(shareServed(result, ({ kind }) => kind === 'even')).toBe(1);
    expect(goodput(result, -1)).toBe(0);
    expect(result.samples.filter(({ status }) => status === null)).toHaveLength(10);
  });

  test('percentiles are those of the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 99, 100]);
    expect(percentile([], 0.5)).toBeNaN();
    expect(p99({ samples: [] })).toBeNaN();
  });
});
