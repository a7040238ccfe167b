import { Breaker, type BreakerOptions, type Verdict } from '@caregraph/gateway/trusts/breaker.ts';
import { beforeEach, describe, expect, test } from 'vitest';

let now: number;
let told: string[];
let breaker: Breaker;

const create = (options: Partial<BreakerOptions> = {}): Breaker =>
  new Breaker({
    clock: { elapsed: () => now },
    random: () => 0,
    onOpen: () => told.push('open'),
    onClose: () => told.push('close'),
    ...options,
  });

beforeEach(() => {
  now = 1_000;
  told = [];
  breaker = create();
});

const admitted = (of = breaker) => {
  const pass = of.admit();
  if (!pass) throw new Error('It lets nobody through.');
  return pass;
};
const call = (verdict: Verdict, of = breaker): Promise<void> => admitted(of).end(verdict);
const fail = async (times: number, of = breaker): Promise<void> => {
  for (let i = 0; i < times; i++) await call('FAILED', of);
};

describe('a breaker opens', () => {
  test('at five failures in a row, and not at four', async () => {
    await fail(4);
    expect(breaker.state).toBe('CLOSED');
    await fail(1);
    expect(breaker.state).toBe('OPEN');
    expect(breaker.admit()).toBeNull();
    expect(told).toEqual(['open']);
  });

  test('when more than half of at least ten calls fail, though never five in a row', async () => {
    for (let i = 0; i < 3; i++) {
      await fail(2);
      await call('ANSWERED');
    }
    expect(breaker.state).toBe('CLOSED');
    await fail(1);
    expect(breaker.state).toBe('OPEN');
  });

  test('not when half of the calls fail', async () => {
    for (let i = 0; i < 50; i++) {
      await call('ANSWERED');
      await fail(1);
    }
    expect(breaker.state).toBe('CLOSED');
  });

  test('never by calls that say nothing of who was called', async () => {
    for (let i = 0; i < 50; i++) await call('NEITHER');
    expect(breaker.state).toBe('CLOSED');
  });
});

describe('an open breaker', () => {
  test('lets one call through when its hold is over, and no other before that has ended', async () => {
    await fail(5);
    now += 249;
    expect(breaker.admits).toBe(false);
    now += 1;
    const probe = admitted();
    expect(probe.isProbe).toBe(true);
    expect(breaker.state).toBe('PROBING');
    for (let i = 0; i < 10; i++) expect(breaker.admit()).toBeNull();
    await probe.end('ANSWERED');
    expect(breaker.state).toBe('CLOSED');
    expect(admitted().isProbe).toBe(false);
    expect(told).toEqual(['open', 'close']);
  });

  test.each<Verdict>(['FAILED', 'NEITHER'])(
    'stays open when its probe ends with %s, and tells nobody anew',
    async (verdict) => {
      await fail(5);
      now += 250;
      await call(verdict);
      expect(breaker.state).toBe('OPEN');
      expect(told).toEqual(['open']);
    },
  );

  test('holds twice as long after each probe that fails, and never longer than 2.5 s', async () => {
    await fail(5);
    const holds: number[] = [];
    for (let i = 0; i < 8; i++) {
      const from = now;
      while (!breaker.admits) now += 1;
      holds.push(now - from);
      await fail(1);
    }
    expect(holds).toEqual([250, 500, 1_000, 2_000, 2_500, 2_500, 2_500, 2_500]);
  });

  test('holds as briefly as at first once it has been closed', async () => {
    await fail(5);
    for (const ms of [250, 500, 1_000]) {
      now += ms;
      await fail(1);
    }
    now += 2_000;
    await call('ANSWERED');
    await fail(5);
    now += 250;
    expect(breaker.admits).toBe(true);
  });

  test('holds a little shorter by chance, and never longer', async () => {
    const early = create({ random: () => 0.999 });
    await fail(5, early);
    now += 187;
    expect(early.admits).toBe(false);
    now += 1;
    expect(early.admits).toBe(true);
  });

  test('goes by a clock that is not set back, whatever the time of day', async () => {
    await fail(5);
    const time = Date.now;
    try {
      Date.now = () => time() - 3_600_000;
      now += 250;
      await call('ANSWERED');
      expect(breaker.state).toBe('CLOSED');
    } finally {
      Date.now = time;
    }
  });
});

describe('calls that began before it opened', () => {
  test('say nothing of a probe when they fail', async () => {
    const old = Array.from({ length: 20 }, () => admitted());
    await fail(5);
    now += 250;
    const probe = admitted();
    await Promise.all(old.slice(0, 10).map((pass) => pass.end('FAILED')));
    expect(breaker.state).toBe('PROBING');
    await probe.end('ANSWERED');
    await Promise.all(old.slice(10).map((pass) => pass.end('FAILED')));
    expect(breaker.state).toBe('CLOSED');
  });

  test('do not close it when they are answered', async () => {
    const old = admitted();
    await fail(5);
    await old.end('ANSWERED');
    expect(breaker.state).toBe('OPEN');
  });

  test('open it once, though they all fail at the same moment', async () => {
    await Promise.all(Array.from({ length: 20 }, () => admitted()).map((pass) => pass.end('FAILED')));
    expect(breaker.state).toBe('OPEN');
    expect(told).toEqual(['open']);
    now += 250;
    expect(breaker.admits).toBe(true);
  });
});
