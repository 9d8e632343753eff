import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createHostCertificate } from '../cluster/support/host-certificate.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { quickAttacks, slowAttacks } from './attacks/all-attacks.ts';
import { startAttacker } from './attacks/attacker.ts';
import { strangersToTls } from './attacks/bad-clients.ts';
import { connectByTls, connectPlainly } from './attacks/run-attack.ts';
import { caddy } from './proxies/caddy.ts';
import { goReverseProxy } from './proxies/go-reverse-proxy.ts';
import { haproxy } from './proxies/haproxy.ts';
import { nginx } from './proxies/nginx.ts';
import { startProxy } from './proxies/start-proxy.ts';
import { type ReceiverUnderTest, startReceiverUnderTest } from './traffic/receiver-under-test.ts';
import { runProxyTraffic } from './traffic/run-proxy-traffic.ts';
import { createSender } from './traffic/send-delivery.ts';
import { judgeStore } from './verdict/judge-store.ts';

const load = { deliveries: 10_000, senders: 16, deliveriesPerAttack: 4 };
/** Maximum number of retries in one run. An attacker must not cause more retries. */
const maxRefusals = load.deliveries / 100;
/** Maximum memory of the receiver in MiB. By default, the memory limit of a pod is 512 MiB. */
const maxMib = 384;

interface Way {
  readonly name: string;
  readonly port: number;
  /** Certificate in PEM. If present, all connections use TLS. */
  readonly authority?: string;
}

async function expectNothingLost(receiver: ReceiverUnderTest, { name, port, authority }: Way): Promise<void> {
  const sender = createSender({ port, connections: load.senders, authority });
  const connect = authority === undefined ? connectPlainly(port) : connectByTls(port, authority);
  const attacker = startAttacker({ connect, attacks: quickAttacks, slowAttacks });
  const report = await runProxyTraffic({ ...load, sender, attacker });
  const attacks = await attacker.stop();
  sender.close();
  const end = await receiver.stop();
  const { lost, unknown } = judgeStore(report.sent, report.acknowledged, end.stored);

  process.stdout.write(
    `${name}: ${report.sent.length} deliveries, ${attacks} attacks, ${report.foreign.length} foreign answers, ` +
      `${lost.length} events lost, ${report.refusals} refusals, peak ${Math.round(end.peakMib)} MiB\n`,
  );
  // A few examples are enough to show the problem.
  const some = (texts: readonly string[]) => texts.slice(0, 20);
  expect({ foreign: some(report.foreign), lost: some(lost), unknown: some(unknown) }).toEqual({
    foreign: [],
    lost: [],
    unknown: [],
  });
  expect(report.givenUp).toBe(0);
  expect(report.refusals).toBeLessThan(maxRefusals);
  expect(end).toMatchObject({ complaints: [], unsettled: { requests: 0, bytes: 0, events: 0 }, exit: 0 });
  expect(end.peakMib).toBeLessThan(maxMib);
  // The receiver reports these reasons only if the attacks reached it.
  expect(end.refusalReasons).toEqual(
    expect.arrayContaining([
      'bad_signature',
      'no_signature',
      'overloaded',
      'too_large',
      'unsupported_encoding',
    ]),
  );
}

describe.each([nginx, haproxy, caddy, goReverseProxy])('behind $name', (kind) => {
  let executable: string;
  beforeAll(async () => {
    executable = await kind.find();
  });

  test('each delivery hears its own answer and is stored when it heard 2xx, whatever an attacker sends', async () => {
    const receiver = await startReceiverUnderTest();
    const port = await startProxy(kind, executable, receiver.port);
    await expectNothingLost(receiver, { name: kind.name, port });
  });
});

describe('with its own TLS', () => {
  test('each delivery hears its own answer and is stored when it heard 2xx, whatever an attacker sends', async () => {
    const directory = temporaryDirectory();
    const { certificate, key } = createHostCertificate('127.0.0.1');
    const files = { TLS_CERT_FILE: join(directory, 'tls.crt'), TLS_KEY_FILE: join(directory, 'tls.key') };
    writeFileSync(files.TLS_CERT_FILE, certificate);
    writeFileSync(files.TLS_KEY_FILE, key);
    const receiver = await startReceiverUnderTest(files);
    const { port } = receiver;
    const unproven = startAttacker({
      ...{ connect: connectPlainly(port), attacks: [], slowAttacks: strangersToTls },
    });
    // These connections stay open during the shutdown of the receiver.
    onTestFinished(() => void unproven.stop());
    await expectNothingLost(receiver, { name: 'own TLS', port, authority: certificate });
  });
});
