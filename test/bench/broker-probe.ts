import { createLogger } from '../../src/runtime/logger.ts';
import { defaultProduceSettings } from '../../src/stores/kafka/produce/kafka-sink.ts';
import { createProduceConnection } from '../../src/stores/kafka/produce/produce-connection.ts';
import {
  LatencyHistogram,
  type LatencyReport,
} from '../../src/tools/provider/simulator/simulation-report.ts';
import { createRecord } from '../support/kafka-sink.ts';

const probeIntervalMs = 5;

/**
 * Sends a record to a partition of its own at a constant rate, beside the load, and keeps the time to each acknowledgement.
 * It does not wait for one before it sends the next: a broker that stands still must count as often here as it does for
 * the deliveries. What was due while this process stood still is not sent: a burst would wait for itself.
 */
export async function startBrokerProbe(
  bootstrap: string,
  topic: string,
): Promise<{ stop(): Promise<LatencyReport> }> {
  const [host = '', port = ''] = bootstrap.split(':');
  const connection = createProduceConnection({
    address: { host, port: Number(port) },
    connection: { brokers: [bootstrap] },
    settings: defaultProduceSettings,
    compressor: undefined,
    logger: createLogger('silent'),
  });
  await connection.connect();
  const times = new LatencyHistogram();
  const pending = new Set<Promise<void>>();

  async function probe(): Promise<void> {
    const sentAt = performance.now();
    const records = [createRecord(topic, 'key', 700)];
    await connection.produce([{ topic, partition: 0, records }]);
    times.add(performance.now() - sentAt);
  }

  const timer = setInterval(() => {
    const own = probe().finally(() => pending.delete(own));
    pending.add(own);
  }, probeIntervalMs);
  return {
    async stop(): Promise<LatencyReport> {
      clearInterval(timer);
      await Promise.all(pending);
      connection.close();
      return times.report();
    },
  };
}
