import { setTimeout as delay } from 'node:timers/promises';
import type { FaultProxy } from '../../support/kafka/fault-proxy.ts';
import { type Fault, type FaultContext, pick } from './fault.ts';

/** Faults between the service and the brokers. The connections between the brokers are not affected. */
export const networkFaults: readonly Fault[] = [
  onOne('network to a broker frozen', (proxy) => proxy.freeze()),
  onOne('a broker refuses', (proxy) => proxy.refuse()),
  onAll('slow network', (proxy, random) => proxy.delay(100 + Math.floor(random() * 700))),
  onAll('answers dropped, connection cut', (proxy, random) =>
    proxy.dropAnswers({ probability: 0.05 + random() * 0.3, ending: 'cut' }),
  ),
  onAll('answers dropped, connection silent', (proxy, random) =>
    proxy.dropAnswers({ probability: 0.02 + random() * 0.1, ending: 'silent' }),
  ),
  {
    name: 'connections cut',
    async run({ proxies, random }, durationMs) {
      for (const end = Date.now() + durationMs; Date.now() < end; await delay(50 + random() * 500)) {
        pick(proxies, random).cutAll();
      }
    },
  },
];

function onOne(name: string, trouble: (proxy: FaultProxy) => void | Promise<void>): Fault {
  return {
    name,
    async run({ proxies, random }, durationMs) {
      const proxy = pick(proxies, random);
      await trouble(proxy);
      await delay(durationMs);
      await proxy.pass();
    },
  };
}

function onAll(name: string, trouble: (proxy: FaultProxy, random: () => number) => void): Fault {
  return {
    name,
    async run({ proxies, random }: FaultContext, durationMs) {
      for (const proxy of proxies) {
        trouble(proxy, random);
      }
      await delay(durationMs);
      await Promise.all(proxies.map((proxy) => proxy.pass()));
    },
  };
}
