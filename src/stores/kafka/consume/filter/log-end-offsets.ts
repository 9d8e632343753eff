import type { FilterProblems } from '../../../../filter/filter-problems.ts';
import { toError } from '../../../../runtime/errors.ts';
import {
  createListOffsetsCall,
  isolationLevels,
  offsetTimes,
  readOffsets,
} from '../../cluster/client/list-offsets.ts';
import type { ConnectionSet } from '../../cluster/connection-set.ts';
import { KafkaAnswerError, unknownErrorCode } from '../../cluster/errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import { type BrokerAddress, formatBrokerAddress } from '../../cluster/kafkajs/broker-address.ts';

interface LogEndsDeps {
  readonly routes: Pick<KafkaRoutes, 'leaderOf' | 'forget'>;
  readonly connections: Pick<ConnectionSet, 'call'>;
  readonly topic: string;
  readonly problems: Pick<FilterProblems, 'observe'>;
}

interface LeaderPartitions {
  readonly address: BrokerAddress;
  readonly partitions: number[];
}

/**
 * Reads the high watermark of each partition from its leader. It includes records behind an open transaction, which
 * are unreadable but still part of the lag. The result omits partitions whose leader does not respond.
 */
export async function readLogEnds(
  { routes, connections, topic, problems }: LogEndsDeps,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const endOffsetsByPartition = new Map<number, number>();
  const failures: Error[] = [];
  const groups = new Map<string, LeaderPartitions>();
  for (const partition of partitions) {
    try {
      const address = await routes.leaderOf(topic, partition);
      const brokerPartitions = groups.get(formatBrokerAddress(address)) ?? { address, partitions: [] };
      groups.set(formatBrokerAddress(address), brokerPartitions);
      brokerPartitions.partitions.push(partition);
    } catch (error) {
      failures.push(toError(error));
    }
  }

  async function queryLeader({ address, partitions: led }: LeaderPartitions): Promise<void> {
    const isolationLevel = isolationLevels.readUncommitted;
    const call = createListOffsetsCall({
      topic,
      partitions: led,
      timestamp: offsetTimes.end,
      isolationLevel,
    });
    const endOffsets = readOffsets(await connections.call(address, call), topic);
    for (const partition of led) {
      const end = endOffsets.get(partition);
      if (end !== undefined) {
        endOffsetsByPartition.set(partition, end);
      }
    }
  }

  await Promise.all(
    [...groups.values()].map((group) =>
      queryLeader(group).catch((error: unknown) => failures.push(toError(error))),
    ),
  );
  if (failures.length === 0 && endOffsetsByPartition.size < partitions.length) {
    failures.push(
      new KafkaAnswerError(
        'fail',
        unknownErrorCode,
        'The response of a leader does not contain all requested partitions',
      ),
    );
  }
  if (failures.length > 0) {
    routes.forget();
  }
  problems.observe('ends', failures[0]);
  return endOffsetsByPartition;
}
