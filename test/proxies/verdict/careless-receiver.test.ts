import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { testSecret } from '../../support/test-receiver.ts';
import { startAttacker } from '../attacks/attacker.ts';
import { connectPlainly } from '../attacks/run-attack.ts';
import { createSmugglingAttacks } from '../attacks/smuggling.ts';
import { goReverseProxy } from '../proxies/go-reverse-proxy.ts';
import { startProxy } from '../proxies/start-proxy.ts';
import { runProxyTraffic } from '../traffic/run-proxy-traffic.ts';
import { createSender } from '../traffic/send-delivery.ts';
import { createCarelessReceiver } from './careless-receiver.ts';

test('a receiver that keeps the connection after CONNECT is found out', async () => {
  const server = createCarelessReceiver(testSecret);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port: upstreamPort } = server.address() as AddressInfo;
  const port = await startProxy(goReverseProxy, await goReverseProxy.find(), upstreamPort);
  const sender = createSender({ port, connections: 16 });
  onTestFinished(sender.close);
  const attacker = startAttacker({
    connect: connectPlainly(port),
    attacks: createSmugglingAttacks().filter(({ name }) => name.startsWith('CONNECT')),
    slowAttacks: [],
  });
  const { foreign } = await runProxyTraffic({
    ...{ attacker, sender, senders: 16, deliveries: 2_000, deliveriesPerAttack: 2 },
  });
  await attacker.stop();
  expect(foreign.length).toBeGreaterThan(0);
});
