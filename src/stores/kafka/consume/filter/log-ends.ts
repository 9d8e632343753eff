import { toError } from '../../../../runtime/errors.ts';
import {
  isolationLevels,
  offsetTimes,
  readOffsets,
  toListOffsets,
} from '../../cluster/client/list-offsets.ts';
import type { ConnectionSet } from '../../cluster/connection-set.ts';
import { KafkaAnswerError, noErrorCode } from '../../cluster/errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import { type BrokerAddress, formatBrokerAddress } from '../../cluster/kafkajs/broker-address.ts';

interface LogEndsDeps {
  readonly routes: Pick<KafkaRoutes, 'leaderOf' | 'forget'>;
  readonly connections: Pick<ConnectionSet, 'call'>;
  readonly topic: string;
  /** `undefined` when every end was found. */
  readonly onProblem: (error: Error | undefined) => void;
}

/**
 * Behind the last record of each partition, as the leaders say; without those whose leader does not answer. It is the high
 * watermark: records behind an open transaction cannot be read yet, and wait all the same.
 */
export async function readLogEnds(
  { routes, connections, topic, onProblem }: LogEndsDeps,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const ends = new Map<number, number>();
  const problems: Error[] = [];

  async function askLeader({ address, partitions: led }: Led): Promise<void> {
    const isolationLevel = isolationLevels.readUncommitted;
    const call = toListOffsets({ topic, partitions: led, timestamp: offsetTimes.end, isolationLevel });
    const found = readOffsets(await connections.call(address, call), topic);
    for (const partition of led) {
      const end = found.get(partition);
      if (end !== undefined) {
        ends.set(partition, end);
      }
    }
  }

  const leaders = await groupByLeader(routes, topic, partitions, problems);
  await Promise.all(
    leaders.map((led) => askLeader(led).catch((error: unknown) => problems.push(toError(error)))),
  );
  if (problems.length === 0 && ends.size < partitions.length) {
    problems.push(new KafkaAnswerError('fail', noErrorCode, 'A leader left partitions out'));
  }
  if (problems.length > 0) {
    routes.forget();
  }
  onProblem(problems[0]);
  return ends;
}

interface Led {
  readonly address: BrokerAddress;
  readonly partitions: number[];
}

async function groupByLeader(
  routes: Pick<KafkaRoutes, 'leaderOf'>,
  topic: string,
  partitions: readonly number[],
  problems: Error[],
): Promise<Led[]> {
  const leaders = new Map<string, Led>();
  for (const partition of partitions) {
    try {
      const address = await routes.leaderOf(topic, partition);
      const name = formatBrokerAddress(address);
      const led = leaders.get(name) ?? { address, partitions: [] };
      led.partitions.push(partition);
      leaders.set(name, led);
    } catch (error) {
      problems.push(toError(error));
    }
  }
  return [...leaders.values()];
}
