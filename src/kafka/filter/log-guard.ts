import { LogChangedError } from '../../revisions/filter-store.ts';
import type { PartitionReader } from '../client/partition-reader.ts';
import type { KafkaRoutes } from '../cluster/kafka-routes.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';

/** Checks that what is read next continues what was read before, as KIP-320 describes for consumers. */
export interface LogGuard {
  /**
   * To be called before a read from this offset.
   *
   * @returns the epoch of the leader, to be sent so that another leader refuses; −1 when it is not known
   * @throws {LogChangedError} when the log is another one, or was cut back before the offset
   */
  check(offset: number): Promise<number>;
  /** Batches up to this offset were read; the last one was written by the leader of that epoch. */
  noteRead(nextOffset: number, epoch: number): void;
  /** Epoch of the record before that offset; −1 when it is not known. */
  epochBefore(offset: number): number;
}

export interface LogGuardDeps {
  readonly routes: Pick<KafkaRoutes, 'viewOf'>;
  readonly reader: Pick<PartitionReader, 'epochEnd'>;
  readonly log: TopicPartition;
  readonly start: { readonly offset: number; readonly epoch: number; readonly topicId?: string | undefined };
}

export function createLogGuard({ routes, reader, log, start }: LogGuardDeps): LogGuard {
  // Reads are one ahead of commits, so a few positions are enough.
  const epochs = new Map([[start.offset, start.epoch]]);
  const remembered = 8;
  let checkedEpoch: number | undefined;

  function epochBefore(offset: number): number {
    return epochs.get(offset) ?? -1;
  }

  return {
    async check(offset) {
      const { topicId, leaderEpoch = -1 } = await routes.viewOf(log);
      if (start.topicId !== undefined && topicId !== undefined && topicId !== start.topicId) {
        throw new LogChangedError(`${log.topic} was made again`);
      }
      if (leaderEpoch !== checkedEpoch) {
        const epochEnd = await reader.epochEnd(log, epochBefore(offset));
        if (epochEnd !== undefined && epochEnd < offset) {
          throw new LogChangedError(`${log.topic}-${log.partition} was cut back before offset ${offset}`);
        }
        checkedEpoch = leaderEpoch;
      }
      return leaderEpoch;
    },
    noteRead(nextOffset, epoch) {
      epochs.set(nextOffset, epoch);
      const [oldest] = epochs.keys();
      if (epochs.size > remembered && oldest !== undefined) {
        epochs.delete(oldest);
      }
    },
    epochBefore,
  };
}
