import { setTimeout as sleep } from 'node:timers/promises';
import { arrivals, p99, type Sample, shareServed } from '../arrivals.ts';
import { crowd, isWhole } from '../crowd.ts';
import { answersIn, drip, exchangeRaw, smuggled } from '../nuisance.ts';
import { ONE } from '../questions.ts';
import { type Scenario, timesHealthy } from '../scenario.ts';

const DRIPPING = 1_000;

/** So many requests at once over one connection, one behind the other. */
const PIPELINED = 20;

/** How long each of the others waits before its next attempt, in milliseconds: they are to be a nuisance, not a rush. */
const BETWEEN_ATTEMPTS_MS = 50;
const BETWEEN_PIPELINES_MS = 1_000;

export const slowClients: Scenario = {
  id: 13,
  title: 'A thousand connections that drip, requests one behind the other, and two requests in one',
  holds: [
    { id: 'normal', what: 'normal requests answered whole', unit: '%', atLeast: 99, inShort: { atLeast: 90 } },
    { id: 'p99', what: 'p99 of normal requests, to healthy', unit: '×', atMost: 1.5, inShort: false },
    { id: 'smuggled', what: 'attempts that had a second answer, or anything of a patient', atMost: 0 },
    {
      id: 'pipelined',
      what: 'connections with requests one behind the other that had other than one answer each',
      atMost: 0,
    },
    { id: 'dripping', what: 'connections that dripped at once', atLeast: DRIPPING * 0.9 },
  ],
  async run(trial) {
    const { world, rate, seconds, seed } = trial;
    const { url } = world.gateway;
    const { call } = await crowd(world, ['paramedic', 'midwife'], seed);
    const authorization = await world.authorization('midwife');
    const body = JSON.stringify({ query: ONE, variables: { n: world.truth.patients[0] } });
    const one = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: ${authorization}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    await arrivals({ url, rate: 20, seconds: 1, call: () => call('paramedic') });

    const dripping = drip(url, DRIPPING, authorization);
    const attempts = smuggled(authorization, body);
    let [over, tried, second, wrongly, most] = [false, 0, 0, 0, 0];
    const attempting = (async () => {
      while (!over) {
        const said = await exchangeRaw(url, attempts[tried++ % attempts.length] ?? '', 500);
        if (answersIn(said) > 1 || said.includes('"completeness"')) second++;
        await sleep(BETWEEN_ATTEMPTS_MS);
      }
    })();
    const pipelining = (async () => {
      while (!over) {
        const said = await exchangeRaw(url, one.repeat(PIPELINED), 1_500);
        if (answersIn(said) !== PIPELINED) wrongly++;
        await sleep(BETWEEN_PIPELINES_MS);
      }
    })();
    const normal = await arrivals({
      url,
      rate,
      seconds,
      call: (n) => call(n % 2 === 0 ? 'paramedic' : 'midwife'),
      judge: (_n, received) => isWhole(received),
      onTime: () => {
        most = Math.max(most, dripping.counts().open);
      },
    });
    over = true;
    await Promise.all([attempting, pipelining]);
    const { closed } = dripping.counts();
    const missing = normal.samples.filter(({ good }) => !good);
    const refused = missing.filter(({ status }) => status === 503);
    dripping.stop();
    return {
      figures: {
        normal: 100 * shareServed(normal),
        p99: timesHealthy(p99(normal), trial),
        smuggled: second,
        pipelined: wrongly,
        dripping: most,
      },
      notes: [
        `${refused.length} of ${normal.samples.length} normal requests were refused as too much, ${missing.length - refused.length} not whole by the deadline, in seconds ${secondsOf(missing)}`,
        `p99 of normal requests ${p99(normal).toFixed(0)} ms; ${closed} dripping connections were closed, and made anew; ${tried} attempts to smuggle`,
      ],
    };
  },
};

/** The seconds, counted from the beginning, in which these were to be sent. */
const secondsOf = (samples: readonly Sample[]): string =>
  [...new Set(samples.map(({ at }) => Math.floor(at / 1_000)))].join(' ') || '(none)';
