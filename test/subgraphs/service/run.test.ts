import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('process.ts', import.meta.url));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly child: ChildProcess;
  /** The address that it told its parent; rejects when it ends without one. */
  readonly ready: Promise<string>;
  readonly ended: Promise<Ended>;
  /** Resolves when it has logged a line with these words. */
  logged(words: string): Promise<void>;
}

function start(how = 'well'): Running {
  const child = fork(FIXTURE, [how], { silent: true });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout?.on('data', (data) => {
    out += data;
  });
  child.stderr?.on('data', (data) => {
    err += data;
  });
  // Not "close", which never comes for a child from which its parent has disconnected.
  const streams = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'end'));
  const ended = Promise.all([once(child, 'exit'), ...streams]).then(
    ([[status, signal]]): Ended => ({ status, signal, out, err }),
  );
  const ready = Promise.race([
    once(child, 'message').then(([{ ready, url }]) => {
      expect(ready).toBe(true);
      return String(url);
    }),
    ended.then((end) => Promise.reject(new Error(`It ended: ${JSON.stringify(end)}`))),
  ]);
  ready.catch(() => {});
  return {
    child,
    ready,
    ended,
    async logged(words) {
      while (!out.includes(words)) await (child.stdout && once(child.stdout, 'data'));
    },
  };
}

describe('a process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'told to end by %s answers what it has begun, then ends well',
    async (signal) => {
      const process = start();
      const url = await process.ready;
      const begun = fetch(`${url}/held`);
      await process.logged('"msg":"held"');
      process.child.kill(signal);
      expect(await (await begun).text()).toBe('answered');
      const { status, out, err } = await process.ended;
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toMatch(new RegExp(`"reason":"${signal}".*draining.*closed`, 's'));
      await expect(fetch(`${url}/health/live`)).rejects.toThrow();
    },
  );

  test('that somebody stands in front of says first that it is leaving, answers on, and keeps no connection', async () => {
    const process = start('drains shortly');
    const url = await process.ready;
    expect((await fetch(`${url}/health/ready`)).headers.get('connection')).toBe('keep-alive');
    process.child.kill('SIGTERM');
    await process.logged('"msg":"draining"');
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
    expect(await ready.json()).toEqual({ status: 'leaving' });
    const live = await fetch(`${url}/health/live`);
    expect([live.status, live.headers.get('connection')]).toEqual([200, 'close']);
    expect((await process.ended).status).toBe(0);
  });

  test('that is leaving ends at once by a second signal', async () => {
    const process = start('drains');
    await process.ready;
    process.child.kill('SIGTERM');
    await process.logged('"msg":"draining"');
    process.child.kill('SIGINT');
    expect((await process.ended).signal).toBe('SIGINT');
  });

  test('that is told to end by SIGINT, or whose parent goes, does not wait for others to see it leave', async () => {
    for (const tell of [(child: ChildProcess) => child.kill('SIGINT'), (child: ChildProcess) => child.disconnect()]) {
      const process = start('drains');
      await process.ready;
      tell(process.child);
      expect((await process.ended).status).toBe(0);
    }
  });

  test('whose parent has gone ends as well', async () => {
    const process = start();
    await process.ready;
    process.child.disconnect();
    const { status, out } = await process.ended;
    expect(status).toBe(0);
    expect(out).toContain('"reason":"parent gone"');
  });

  test.each(['well', 'loses its parent first'])(
    'whose parent goes before it has started ends as soon as it has: %s',
    async (how) => {
      const process = start(how);
      process.child.disconnect();
      const { status, out, err } = await process.ended;
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toContain('"reason":"parent gone"');
    },
  );

  test('that does not close cleanly says so, and ends all the same', async () => {
    const process = start('does not close');
    await process.ready;
    process.child.kill('SIGTERM');
    const { status, out } = await process.ended;
    expect(status).toBe(1);
    expect(out).toContain('the source does not let go');
  });

  test('that is not well configured says so plainly, and ends with status 1', async () => {
    const { status, out, err } = await start('misconfigured').ended;
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toBe('fixture.yaml is not a valid configuration:\n  port: is missing\n');
  });

  test('that cannot start says why, without a number in it, and ends with status 1', async () => {
    const { status, out, err } = await start('broken').ended;
    expect({ status, err }).toEqual({ status: 1, err: '' });
    expect(JSON.parse(out)).toMatchObject({ level: 60, msg: 'could not start' });
    expect(out).toContain('relation of [withheld] does not exist');
  });

  test('in which an error is caught by nobody says which, without a number in it, and ends with status 1', async () => {
    const { status, out, err } = await start('throws later').ended;
    expect({ status, err }).toEqual({ status: 1, err: '' });
    expect(out).toContain('nobody catches [withheld]');
    expect(out).not.toContain('9434765919');
  });
});
