import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { describeTopics } from '../../../../src/stores/kafka/cluster/topics/describe-topics.ts';
import { captureLog } from '../../../support/captured-log.ts';
import { startSinkWith } from '../../../support/kafka-sink.ts';

test('a broker that says nothing is given up after two seconds', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const connection = { brokers: [`127.0.0.1:${port}`] };
  const log = captureLog();
  const words = 'connecting took longer than 2000 ms';

  await expect(describeTopics(['a'], { connection, logger: log.logger })).rejects.toThrow(words);

  const { sink } = startSinkWith(connection, 'a');
  await expect.poll(() => sink.health().detail, { timeout: 20_000 }).toContain(words);
});
