import { createLog } from '@caregraph/service/log.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const NUMBER = '9434765919';

/** What one call of a log writes, parsed line by line. */
function written(say: (log: ReturnType<typeof createLog>) => void, level = 'trace'): Record<string, unknown>[] {
  const lines: string[] = [];
  say(createLog({ name: 'test', level, destination: { write: (line) => lines.push(line) } }));
  return lines.map((line) => {
    expect(line).toMatch(/^[^\n]+\n$/);
    expect(line).not.toContain(NUMBER);
    expect(line).not.toMatch(/943.{0,3}476.{0,3}5919/);
    return JSON.parse(line);
  });
}

describe('a log line holds no NHS number', () => {
  test('in the message, or what is put into it', () => {
    const [one, two] = written((log) => {
      log.info(`patient ${NUMBER} asked for`);
      log.warn('patient %s, sent as %d', '943 476 5919', Number(NUMBER));
    });
    expect(one).toMatchObject({ msg: 'patient [withheld] asked for' });
    expect(two).toMatchObject({ msg: 'patient [withheld], sent as [withheld]' });
  });

  test('as a value, a number, a key, or deep within', () => {
    const [line] = written((log) =>
      log.info({
        nhsNumber: NUMBER,
        asNumber: Number(NUMBER),
        big: BigInt(NUMBER),
        [NUMBER]: 1,
        deep: [{ [`patient ${NUMBER}`]: [`943-476-5919`] }],
        url: `/patient/943%20476%205919`,
        map: Object.fromEntries([['__proto__', NUMBER]]),
      }),
    );
    expect(line).toMatchObject({ nhsNumber: '[withheld]', asNumber: '[withheld]', big: '[withheld]', '[withheld]': 1 });
  });

  test('in an error, its stack, its cause, its properties, or the errors that it gathers', () => {
    const cause = Object.assign(new Error(`cause ${NUMBER}`), { detail: `Key (nhs_number)=(${NUMBER}) exists.` });
    const error = new AggregateError([new Error(`one ${NUMBER}`)], `all ${NUMBER}`, { cause });
    const [line] = written((log) => log.error({ err: Object.assign(error, { parameters: [NUMBER] }) }, 'failed'));
    expect(JSON.stringify(line)).toContain('all [withheld]');
    expect(JSON.stringify(line)).toContain('cause [withheld]');
  });

  test('in bytes, which would be read as numbers', () => {
    const packet = Buffer.from(`GET /patient/${NUMBER} HTTP/1.1`);
    const [line] = written((log) => log.trace({ err: Object.assign(new Error('malformed'), { rawPacket: packet }) }));
    expect(line).toMatchObject({ err: { rawPacket: '[withheld]' } });
    expect(JSON.stringify(line)).not.toContain([...Buffer.from('9434')].join());
  });

  test('in what a child log says of every line', () => {
    const [line] = written((log) => log.child({ request: `x${NUMBER}` }).info('asked'));
    expect(line).toMatchObject({ request: 'x[withheld]', msg: 'asked' });
  });

  test('wherever it stands in whatever is logged', () => {
    const leaf = fc.oneof(fc.constant(NUMBER), fc.constant(Number(NUMBER)), fc.string({ unit: 'binary' }), fc.double());
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(fc.constant(NUMBER), fc.string()), tie('node'), { maxKeys: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(tree, fc.string(), (value, message) => {
        expect(written((log) => log.info({ value }, message))).toHaveLength(1);
      }),
    );
  });
});

describe('a log line says what it is about', () => {
  test('in JSON, with the process, the level and the time in RFC 3339', () => {
    const [line] = written((log) => log.info({ ms: 12 }, 'answered'));
    expect(line).toMatchObject({ name: 'test', pid: process.pid, level: 30, ms: 12, msg: 'answered' });
    expect(line?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('and is not written below the level that was asked for', () => {
    expect(written((log) => log.info('quiet'), 'warn')).toEqual([]);
  });

  test('even when it goes round in a circle', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(written((log) => log.info({ circle }))).toHaveLength(1);
  });
});
