import { createQueuedSink } from '../append/queued-sink.ts';
import type { Sink } from '../sink/sink.ts';
import { startDurabilityWatch } from './durability-watch.ts';
import type { PublishTarget } from './publish-target.ts';
import { createPlace, type PlaceDeps } from './rabbitmq-place.ts';

interface RabbitMqSinkDeps extends Omit<PlaceDeps, 'onChange' | 'random'> {
  /** Every topic that records may name. */
  readonly targets: ReadonlyMap<string, readonly PublishTarget[]>;
  readonly random?: () => number;
}

/** Stores records on RabbitMQ. What is acknowledged was confirmed by its queue, and was not returned. */
export function createRabbitMqSink({ targets, random = Math.random, ...deps }: RabbitMqSinkDeps): Sink {
  return createQueuedSink({
    ...deps,
    connect(onChange) {
      const places = [...targets].map(
        ([topic, own]) =>
          [
            topic,
            own.map((target, index) => createPlace(topic, index, target, { ...deps, random, onChange })),
          ] as const,
      );
      const watch = startDurabilityWatch({ ...deps, targets });
      return {
        topics: new Map(places.map(([topic, own]) => [topic, { queues: own.map(({ queue }) => queue) }])),
        queueWord: 'queue',
        close() {
          watch.stop();
          for (const place of places.flatMap(([, own]) => own)) {
            place.close();
          }
        },
      };
    },
  });
}
