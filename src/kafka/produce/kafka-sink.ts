import { createPendingAppends } from '../../append/pending-appends.ts';
import type { Sink, SinkHealth, SinkRecord } from '../../sink/sink.ts';
import { SinkError } from '../../sink/sink-error.ts';
import { createBrokerConnection, type OpenBrokerConnection } from '../cluster/broker-connection.ts';
import { applyTimeouts } from '../cluster/cluster-settings.ts';
import type { KafkaAccess } from '../kafkajs/kafka-access.ts';
import type { ExpectedTopic } from '../topics/expect-topics.ts';
import type { Compressor } from '../wire/compressor.ts';
import { recordSize } from '../wire/record-size.ts';
import { type ClusterFollower, followCluster } from './follow-cluster.ts';
import type { ProduceDeps } from './produce-deps.ts';
import { defaultProduceSettings, type ProduceSettings } from './produce-settings.ts';
import { createTopicSet } from './topic-set.ts';

interface KafkaSinkDeps extends Pick<ProduceDeps, 'clock' | 'metrics' | 'logger'> {
  readonly connection: KafkaAccess;
  readonly compressor?: Compressor | undefined;
  /** Every topic that records may name. */
  readonly topics: readonly ExpectedTopic[];
  readonly random?: () => number;
  readonly settings?: ProduceSettings;
  readonly openConnection?: OpenBrokerConnection;
}

/** Stores records on Kafka. What is acknowledged is on every in-sync replica of its partition. */
export function createKafkaSink(deps: KafkaSinkDeps): Sink {
  const { connection, compressor, logger, clock, metrics, random = Math.random } = deps;
  const settings = applyTimeouts(deps.settings ?? defaultProduceSettings, connection);
  const openConnection: OpenBrokerConnection =
    deps.openConnection ??
    ((address) => createBrokerConnection({ address, connection, settings, compressor, logger }));
  let state: 'new' | 'started' | 'closing' | 'closed' = 'new';
  let cluster: ClusterFollower | undefined;
  let ready: PromiseWithResolvers<void> | undefined;

  const topics = createTopicSet({
    expected: deps.topics,
    openConnection,
    settings,
    clock,
    random,
    metrics,
    logger,
    refreshView: () => cluster?.refresh(),
    onChange: resolveWhenReady,
  });
  const appends = createPendingAppends({
    clock,
    onSweep(expired) {
      if (expired > 0) {
        topics.purge();
      }
      if (topics.hasSlowLane()) {
        cluster?.refresh();
      }
    },
  });
  metrics.observeQueue(topics.depth);

  function health(): SinkHealth {
    const unreachable = cluster?.problem();
    const problems = cluster?.isChecked() ? topics.problems() : ['the topics are not checked yet'];
    if (problems.length > 0 && unreachable !== undefined) {
      problems.unshift(unreachable);
    }
    return { up: problems.length === 0, detail: problems.join('; ') };
  }

  function resolveWhenReady(): void {
    if (ready !== undefined && health().up) {
      ready.resolve();
      ready = undefined;
    }
  }

  return {
    async start() {
      if (state === 'new') {
        state = 'started';
        cluster = followCluster({
          connection,
          openConnection,
          topics,
          settings,
          metrics,
          clock,
          logger,
          onChange: resolveWhenReady,
        });
      }
      if (!health().up) {
        ready ??= Promise.withResolvers();
        await ready.promise;
      }
    },
    async append(records, deadline) {
      if (state !== 'started') {
        throw new SinkError('sink_closed', 'The sink takes no records: it is not started, or it is closing.');
      }
      // All queues first: either every record of an append is queued, or none.
      const queues = records.map((record) => topics.queueFor(record, deadline));
      if (records.length === 0) {
        return [];
      }
      const append = appends.add(records.length, deadline);
      queues.forEach((queue, index) => {
        const record = records[index] as SinkRecord;
        queue.push({ record, append, index, sizeBytes: recordSize(record), decided: false });
      });
      return append.promise;
    },
    health,
    async close() {
      if (state === 'closing' || state === 'closed') {
        return;
      }
      state = 'closing';
      ready?.reject(new SinkError('sink_closed', 'The sink was closed before it could start.'));
      await appends.drained();
      cluster?.stop();
      topics.close();
      state = 'closed';
    },
  };
}
