import { expect, onTestFinished, test } from 'vitest';
import { FencedError, type PartitionOutput, TransactionTimeoutError } from '../../src/filter/filter-store.ts';
import { createKafkaFilterStore } from '../../src/stores/kafka/consume/filter/kafka-filter.ts';
import { captureLog } from '../support/captured-log.ts';
import { filterRules } from '../support/filter/filter-rules.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';

function toOutput(value: string, nextOffset: number): PartitionOutput {
  const record = { timestampMs: Date.now(), key: Buffer.from('k'), value: Buffer.from(value), headers: {} };
  return { latest: [record], deadLetters: [], nextOffset, toDeadLetter: () => record };
}

/** A broker behind a proxy, together with a store that uses this broker. */
async function openProxied(transactionTimeoutMs: number) {
  let proxy: FaultProxy | undefined;
  const cluster = await startKafkaCluster({
    nodes: 1,
    brokerConfig: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100' },
    async advertise({ port }) {
      proxy = await createFaultProxy({ brokerPort: port, random: () => 0 });
      return proxy.address;
    },
  });
  const topics = await createFilterTopics(cluster.internalBootstrap, { partitions: 1 });
  const kafka = createKafkaFilterStore({
    connection: { brokers: [cluster.bootstrap] },
    compressor: undefined,
    rules: { ...filterRules, topics, groupId: 'group', windowMs: 259_200_000 },
    settings: { sessionTimeoutMs: 6_000, transactionTimeoutMs },
    onThrottle: () => undefined,
    problems: { observe: () => {} },
    logger: captureLog().logger,
  });
  onTestFinished(async () => {
    kafka.close();
    await cluster.stop();
    await proxy?.close();
  });
  return { proxy, cluster, topics, kafka };
}

test('a transaction that ran over its time is not taken for the work of another process', async () => {
  const { proxy, cluster, topics, kafka } = await openProxied(500);
  const { signal } = new AbortController();
  const slow = await kafka.acquire(0, signal, () => {});
  proxy?.delay(1_000);
  await expect(slow.commit(toOutput('one', 1))).rejects.toThrow(TransactionTimeoutError);
  slow.release();
  await proxy?.pass();
  const next = await kafka.acquire(0, signal, () => {});
  expect(next.startOffset).toBe(0);
  await next.commit(toOutput('one', 1));
  const zombie = await kafka.acquire(0, signal, () => {});
  const owner = await kafka.acquire(0, signal, () => {});
  await expect(zombie.commit(toOutput('of the zombie', 2))).rejects.toThrow(FencedError);
  owner.release();
  const latest = { bootstrap: cluster.internalBootstrap, topic: topics.latest };
  expect((await readCommitted(latest, 1)).map(({ value }) => String(value))).toEqual(['one']);
});
