import { toError } from '../../runtime/to-error.ts';
import { isolationLevels, offsetTimes, readOffsets, toListOffsets } from '../client/list-offsets.ts';
import type { ConnectionSet } from '../cluster/connection-set.ts';
import type { KafkaRoutes } from '../cluster/kafka-routes.ts';
import { KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';

/** Asks leaders where logs end, over connections of its own. */
export interface LogEnds {
  /** Behind the last record of each partition; without those whose leader does not answer. */
  read(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  close(): void;
}

export interface LogEndsDeps {
  readonly routes: KafkaRoutes;
  readonly connections: ConnectionSet;
  readonly topic: string;
  /** `undefined` when every end was found. */
  readonly onProblem: (error: Error | undefined) => void;
}

export function createLogEnds({ routes, connections, topic, onProblem }: LogEndsDeps): LogEnds {
  async function askLeader(address: BrokerAddress, partitions: readonly number[]) {
    // The high watermark, not the last stable offset. A transaction that stays open stops a reader and the last stable
    // offset, and the records behind it wait all the same.
    const isolationLevel = isolationLevels.readUncommitted;
    const call = toListOffsets({ topic, partitions, timestamp: offsetTimes.end, isolationLevel });
    return readOffsets(await connections.call(address, call), topic);
  }

  return {
    async read(partitions) {
      const ends = new Map<number, number>();
      const problems: Error[] = [];
      const leaders = await groupByLeader(routes, topic, partitions, problems);
      await Promise.all(
        leaders.map(async ({ address, partitions: led }) => {
          try {
            const found = await askLeader(address, led);
            for (const partition of led) {
              const end = found.get(partition);
              if (end !== undefined) {
                ends.set(partition, end);
              }
            }
          } catch (error) {
            problems.push(toError(error));
          }
        }),
      );
      if (problems.length === 0 && ends.size < partitions.length) {
        problems.push(new KafkaAnswerError('fail', -1, 'A leader left partitions out'));
      }
      if (problems.length > 0) {
        routes.forget();
      }
      onProblem(problems[0]);
      return ends;
    },
    close: connections.close,
  };
}

interface Led {
  readonly address: BrokerAddress;
  readonly partitions: number[];
}

async function groupByLeader(
  routes: KafkaRoutes,
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
