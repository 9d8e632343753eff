import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';

/** Maximum number of bytes that the server reads from a rejected body. A longer body is not read. */
const drainedBytes = 65_536;
const event = Buffer.from('{"eventId":"e"}');

function toHead(length: number, signature = ''): string {
  return `POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n${signature}\r\n`;
}

async function openConnection(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  return {
    socket,
    async ask(text: string): Promise<string> {
      socket.write(text);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return answer.toString('latin1');
    },
  };
}

test('a small body that is refused unread does not cost the connection', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const { socket, ask } = await openConnection(receiver.url);
  const refused = await ask(toHead(drainedBytes));
  expect(refused).toMatch(/^HTTP\/1\.1 401 [\s\S]*Connection: keep-alive/);
  socket.write('x'.repeat(drainedBytes));
  const signature = `X-Comapi-Signature: ${signBody(event, testSecret)}\r\n`;
  const taken = await ask(toHead(event.length, signature) + event.toString());
  expect(taken).toMatch(/^HTTP\/1\.1 200 [\s\S]*Content-Type: application\/json; charset=utf-8\r\n/);
});

test('a large body that is refused unread ends the connection', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const { socket, ask } = await openConnection(receiver.url);
  const closed = once(socket, 'close');
  expect(await ask(toHead(drainedBytes + 1))).toMatch(/^HTTP\/1\.1 401 [\s\S]*Connection: close/);
  await closed;
});

test('a body that is torn is logged with its sender, and is not counted as a refusal of a verified delivery', async () => {
  // A timeout that never expires during the test, even on a slow machine.
  const http = { bodyTimeoutMs: 600_000, requestBudgetMs: 600_000 };
  const receiver = await startTestReceiver({ sink: createMemorySink(), http });
  const { socket } = await openConnection(receiver.url);
  socket.write(`${toHead(1_000, `X-Comapi-Signature: ${'0'.repeat(40)}\r\n`)}torn`);
  await expect.poll(() => receiver.metric('comapi_webhook_in_flight_bytes')).toBeGreaterThan(0);
  socket.resetAndDestroy();
  await expect
    .poll(() => receiver.log.lines.filter(({ msg }) => msg === 'delivery refused'))
    .toMatchObject([{ reason: 'aborted', status: 503, remoteAddress: '127.0.0.1', bodyBytes: 0 }]);
  expect(
    await receiver.metric('comapi_webhook_requests_total{webhook="default",status="503",reason="aborted"}'),
  ).toBe(1);
});
