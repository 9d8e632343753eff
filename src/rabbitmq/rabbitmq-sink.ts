import { createQueueChooser } from '../append/choose-queue.ts';
import { describeUnusable } from '../append/describe-unusable.ts';
import { sumDepth } from '../append/queue-depth.ts';
import { createQueuedSink, type QueuedStore } from '../append/queued-sink.ts';
import { type Sink, SinkError } from '../sink/sink.ts';
import { startDurabilityWatch } from './durability-watch.ts';
import type { PublishTarget } from './publish-target.ts';
import { createPlace, type Place, type PlaceDeps } from './rabbitmq-place.ts';

interface RabbitMqSinkDeps extends Omit<PlaceDeps, 'onChange' | 'random'> {
  /** Every topic that records may name. */
  readonly targets: ReadonlyMap<string, readonly PublishTarget[]>;
  readonly random?: () => number;
}

/** Stores records on RabbitMQ. What is acknowledged was confirmed by its queue, and was not returned. */
export function createRabbitMqSink({ targets, random = Math.random, ...deps }: RabbitMqSinkDeps): Sink {
  let places: ReadonlyMap<string, readonly Place[]> = new Map();
  deps.metrics.observeQueue(() => sumDepth([...places.values()].flat().map(({ queue }) => queue)));
  return createQueuedSink({
    clock: deps.clock,
    connect(onChange) {
      places = new Map(
        [...targets].map(([topic, each]) => [
          topic,
          each.map((target, index) => createPlace(topic, index, target, { ...deps, random, onChange })),
        ]),
      );
      const watch = startDurabilityWatch({ ...deps, targets });
      return toStore(places, () => watch.stop());
    },
  });
}

function toStore(places: ReadonlyMap<string, readonly Place[]>, onClose: () => void): QueuedStore {
  const all = [...places.values()].flat();
  const queuesOf = new Map([...places].map(([topic, own]) => [topic, own.map(({ queue }) => queue)]));
  const placeOf = new Map(all.map((place) => [place.queue, place]));
  const chooseQueue = createQueueChooser();

  function describeProblem(topic: string, own: readonly Place[]): string[] {
    if (own.some((place) => place.queue.isUsable() && place.blockReason() === undefined)) {
      return [];
    }
    const blocked = own.map((place) => place.blockReason()).find(Boolean);
    return [
      blocked ??
        describeUnusable(queuesOf.get(topic) ?? [], { topic, what: 'queue' }) ??
        `${topic} takes no records`,
    ];
  }

  return {
    problems: () => [...places].flatMap(([topic, own]) => describeProblem(topic, own)),
    queueFor({ topic, key }) {
      const queue = chooseQueue(queuesOf.get(topic) ?? [], key);
      if (queue === undefined) {
        throw new SinkError('sink_unavailable', `A queue of ${topic} takes no records at present.`);
      }
      const blocked = placeOf.get(queue)?.blockReason();
      if (blocked !== undefined) {
        throw new SinkError('sink_unavailable', blocked);
      }
      return queue;
    },
    sweep(expired) {
      for (const { queue } of expired === 0 ? [] : all) {
        queue.purge();
      }
    },
    close() {
      onClose();
      for (const place of all) {
        place.close();
      }
    },
  };
}
