import { setTimeout as sleep } from 'node:timers/promises';
import { arrivals } from '../arrivals.ts';
import { crowd, isWhole } from '../crowd.ts';
import { startProxy } from '../proxy.ts';
import type { Scenario } from '../scenario.ts';
import type { GatewayProcess } from '../world.ts';

/** Time enough for a proxy that asks five times a second whether a gateway is ready. */
const DRAIN_MS = 1_500;

/** What an instance had under way when it was killed is lost by then, in milliseconds. */
const LOST_MS = 500;

export const rollingRestart: Scenario = {
  id: 12,
  title: 'Two instances behind a proxy are restarted one after the other, and one is killed',
  holds: [
    { id: 'term', what: 'requests that failed while instances were told to end (SIGTERM) and replaced', atMost: 0 },
    { id: 'status', what: 'instances that did not end well by SIGTERM', atMost: 0 },
    { id: 'kill', what: 'requests that failed later than half a second after SIGKILL', atMost: 0 },
    { id: 'restarts', what: 'restarts under load', atLeast: 2 },
  ],
  async run({ world, rate, seconds, seed }) {
    const { call } = await crowd(world, ['paramedic', 'community-nurse'], seed);
    const proxy = await startProxy();
    const started: GatewayProcess[] = [];
    const start = async (name: string): Promise<GatewayProcess> => {
      const gateway = await world.startGateway(name, { drainMs: DRAIN_MS });
      started.push(gateway);
      proxy.add(gateway.url);
      // It compiles and plans what is asked for the first time; and the proxy sees that it is ready.
      await arrivals({ url: gateway.url, rate: 10, seconds: 1, call: () => call('paramedic') });
      return gateway;
    };
    const instances = [await start('one'), await start('two')];
    const names = ['one', 'two'];

    let over = false;
    let [asked, failed, refused, late] = [0, 0, 0, 0];
    const reasons = new Set<string>();
    /** Loads the proxy for as long as something goes on. */
    const under = async (what: () => Promise<void>): Promise<number> => {
      over = false;
      failed = 0;
      const loading = (async () => {
        while (!over) {
          const { samples } = await arrivals({
            url: proxy.url,
            // Two instances share what one has to itself otherwise.
            rate: rate / 2,
            seconds: 1,
            call: (n) => call(n % 2 === 0 ? 'paramedic' : 'community-nurse'),
            judge(_n, received) {
              // That a machine is too slow for the load has nothing to do with restarts.
              if (received.text.includes('"OVERLOADED"')) refused++;
              else if (received.status !== 200) {
                failed++;
                reasons.add(`failed: ${received.status} ${received.text.slice(0, 80)}`);
              } else if (!isWhole(received)) late++;
              return isWhole(received);
            },
          });
          asked += samples.length;
        }
      })();
      await what();
      over = true;
      await loading;
      return failed;
    };

    let [restarts, badly] = [0, 0];
    const term = await under(async () => {
      const end = performance.now() + (seconds * 1_000) / 2;
      do {
        for (const [n, name] of names.entries()) {
          await sleep(500);
          if ((await instances[n]?.stop('SIGTERM')) !== 0) badly++;
          instances[n] = await start(name);
          restarts++;
        }
      } while (performance.now() < end);
    });
    let [lost, later] = [0, 0];
    await under(async () => {
      await sleep(1_000);
      const before = proxy.failed();
      await instances[0]?.stop('SIGKILL');
      await sleep(LOST_MS);
      lost = proxy.failed() - before;
      await sleep(2_000);
      later = proxy.failed() - before - lost;
    });
    await proxy.stop();
    await Promise.all(instances.map((each) => each.stop('SIGKILL')));
    return {
      figures: { term, status: badly, kill: later, restarts },
      notes: [
        `${asked} requests; ${lost} lost by SIGKILL; ${refused} refused as too much, ${late} not whole by the deadline; instances drain for ${DRAIN_MS} ms`,
        ...reasons,
      ],
    };
  },
};
