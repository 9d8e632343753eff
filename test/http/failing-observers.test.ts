import { expect, test } from 'vitest';
import { SinkError } from '../../src/ports/sink.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver } from '../support/test-receiver.ts';

test('what only observes a delivery does not change its answer when it fails', async () => {
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink });
  const { logger } = receiver.log;
  const warn = logger.warn.bind(logger);
  logger.warn = () => {
    throw new Error('a test said so');
  };
  sink.failure = new SinkError('sink_timeout', 'a test said so');
  const refused = await sendRaw(receiver.url, delivery('{"eventId":"e"}'));
  expect(refused.status).toBe(503);
  expect(refused.body).toBe('{"error":"sink_timeout"}');
  expect(receiver.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'error',
      msg: 'cannot record the metrics or the log line of a delivery',
      webhook: 'default',
    }),
  );
  sink.failure = undefined;
  // A signature mismatch is logged only after its cause has been examined.
  const wrong = await sendRaw(
    receiver.url,
    delivery('{"eventId":"e"}', { 'x-comapi-signature': '0'.repeat(40) }),
  );
  expect(wrong.status).toBe(401);
  const notObserved = () =>
    receiver.log.lines.filter(({ msg }) => msg === 'cannot record the metrics or the log line of a delivery');
  await expect.poll(notObserved, { timeout: 10_000 }).toHaveLength(2);
  logger.warn = warn;
  expect((await sendRaw(receiver.url, delivery('{"eventId":"e"}'))).status).toBe(200);
});
