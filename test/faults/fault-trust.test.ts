import { describe, expect, test } from 'vitest';
import { percentile } from './arrivals.ts';
import { healthyMs, spoilOf, type TrustFault } from './fault-trust.ts';
import { makeTruth, TRUST_CODES } from './truth.ts';

const calls = Array.from({ length: 5_000 }, (_, call) => call);

describe('what is drawn by the seed', () => {
  test('a healthy trust takes 40 ms in the median, with a tail, and the same for the same seed', () => {
    const times = calls.map((call) => healthyMs('one', call));
    expect(percentile(times, 0.5)).toBeGreaterThan(38);
    expect(percentile(times, 0.5)).toBeLessThan(42);
    expect(percentile(times, 0.99)).toBeGreaterThan(80);
    expect(percentile(times, 0.99)).toBeLessThan(130);
    expect(calls.map((call) => healthyMs('one', call))).toEqual(times);
    expect(calls.map((call) => healthyMs('two', call))).not.toEqual(times);
  });

  test('which calls are spoilt, and how, depends on the seed and the number of the call alone', () => {
    const fault: TrustFault = { spoils: ['html', 'null'], share: 0.25 };
    const spoilt = calls.map((call) => spoilOf(fault, 'one', call));
    const share = (spoil: string | null): number => spoilt.filter((each) => each === spoil).length / calls.length;
    expect(share(null)).toBeCloseTo(0.75, 1);
    expect(share('html')).toBeCloseTo(0.125, 1);
    expect(share('null')).toBeCloseTo(0.125, 1);
    expect(calls.toReversed().map((call) => spoilOf(fault, 'one', call))).toEqual(spoilt.toReversed());
    expect(calls.map((call) => spoilOf(fault, 'two', call))).not.toEqual(spoilt);
    expect(calls.map((call) => spoilOf(null, 'one', call))).toEqual(calls.map(() => null));
  });

  test('about three trusts know each patient, and nobody some; some know a patient and hold nothing that is asked', () => {
    const truth = makeTruth('one');
    const known = truth.patients.map((each) => truth.known(each));
    expect(known.flat().length / known.length).toBeGreaterThan(2.5);
    expect(known.flat().length / known.length).toBeLessThan(3.3);
    expect(known.filter((codes) => codes.length === 0).length).toBeGreaterThan(5);
    const holdNothing = truth.patients.flatMap((each) =>
      truth.known(each).filter((code) => truth.records(code, each, 'contacts').length === 0),
    );
    expect(holdNothing.length).toBeGreaterThan(100);
    expect(new Set(known.flat())).toEqual(new Set(TRUST_CODES));
  });
});
