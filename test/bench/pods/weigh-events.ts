import type { Broker } from '../../support/kafka/broker-process.ts';
import { startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { createTopic } from '../../support/kafka/topics.ts';
import { benchTopics } from '../bench-stores.ts';
import { sendBodies } from '../send-bodies.ts';
import { logBytes } from './log-bytes.ts';
import { type PodBench, podShapes, printHead, printRow, startPod } from './pod-bench.ts';
import { readPodCounters, subtract } from './pod-counters.ts';

const codecs = ['none', 'gzip', 'zstd'];

/** A table: bytes of an event with each codec, sent to the broker and in its log. */
export async function weighEvents(bench: PodBench, leastEvents: number): Promise<void> {
  const cluster = await startKafkaCluster({ nodes: 1 });
  const broker = cluster.brokers[0] as Broker;
  try {
    await createTopic(cluster.bootstrap, benchTopics.deadLetterTopic);
    printHead([
      ...['events a body', 'codec', 'bytes to the broker an event'],
      ...['bytes in the log an event', 'records a produce request'],
    ]);
    for (const { batchSize, connectionsAPod: connections } of podShapes) {
      for (const codec of codecs) {
        const topic = `events-${batchSize}-${codec}`;
        await createTopic(cluster.bootstrap, topic, { partitions: 12 });
        const env = { KAFKA_COMPRESSION: codec };
        const pod = await startPod(bench, { name: topic, brokers: cluster.bootstrap, topic, env });
        const requests = Math.ceil(leastEvents / batchSize);
        const before = await readPodCounters(pod, broker.port);
        const load = { bodies: bench.bodies(batchSize), connections, requests };
        const failures = await sendBodies(pod.url, load);
        const done = subtract(await readPodCounters(pod, broker.port), before);
        await pod.stop();
        if (failures > 0 || done.events !== requests * batchSize) {
          bench.complain(`${topic}: ${failures} failures, ${done.events} events stored`);
        }
        printRow([
          ...[batchSize, codec, (done.sentBytes / done.events).toFixed(0)],
          (logBytes(broker, topic) / done.events).toFixed(0),
          (done.events / done.produceRequests).toFixed(1),
        ]);
      }
    }
  } finally {
    await cluster.stop();
  }
}
