import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { waitForReceiver } from '../../src/commands/wait-for-receiver.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startTestReceiver } from '../support/test-receiver.ts';

async function wait(url: URL, timeoutMs: number) {
  const notices: string[] = [];
  const onNotice = (text: string) => void notices.push(text);
  const outcome = await waitForReceiver({ url, timeoutMs, clock: systemClock, onNotice }).catch(
    ({ message }: Error) => message,
  );
  return { outcome, notices };
}

async function serve(status: () => number): Promise<URL> {
  const server = createServer((_request, response) => response.writeHead(status()).end('something'));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

test('a receiver is found at once', async () => {
  const { url } = await startTestReceiver();
  expect(await wait(new URL(`${url}/webhook`), 1)).toEqual({ outcome: undefined, notices: [] });
});

test.each([
  [404, 'GET is answered 404'],
  [200, 'GET is answered 200 by something else'],
])('what answers %i is no receiver', async (status, fault) => {
  const url = await serve(() => status);
  const { outcome, notices } = await wait(url, 1_500);
  expect(outcome).toContain(`No receiver answers at ${url.href}: ${fault}.`);
  expect(notices).toEqual([`Waiting up to 1.5 s for a receiver at ${url.href}: ${fault}.`]);
});
