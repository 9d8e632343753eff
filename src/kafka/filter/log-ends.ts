import type { ConnectionSet } from '../cluster/connection-set.ts';
import type { KafkaRoutes } from '../cluster/kafka-routes.ts';
import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';
import { offsetTimes } from './partition-reader.ts';

/** Asks leaders where logs end, independently of reading them. */
export interface LogEnds {
  /** Behind the last record of each partition; without those that no leader tells. */
  read(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  close(): void;
}

export interface LogEndsDeps {
  readonly routes: KafkaRoutes;
  readonly connections: ConnectionSet;
  readonly topic: string;
  /** `undefined` when every end was told. */
  readonly onTrouble: (error: Error | undefined) => void;
}

const anyReplica = -1;
/**
 * The high watermark and not the last stable offset: behind a transaction that stays open both a reader and the stable
 * offset stand still, and records wait all the same.
 */
const readUncommitted = 0;

export function createLogEnds({ routes, connections, topic, onTrouble }: LogEndsDeps): LogEnds {
  async function askLeader(
    address: BrokerAddress,
    partitions: readonly number[],
  ): Promise<[number, number][]> {
    const answer = (await connections.call(address, {
      api: 'ListOffsets',
      parameters: {
        replicaId: anyReplica,
        isolationLevel: readUncommitted,
        topics: [
          { topic, partitions: partitions.map((partition) => ({ partition, timestamp: offsetTimes.end })) },
        ],
      },
    })) as WireOffsets;
    return answer.responses.flatMap(({ partitions: found }) =>
      found.map(({ partition, errorCode, offset }): [number, number] => {
        checkErrorCode(errorCode, `finding the end of ${topic}-${partition}`, { api: 'ListOffsets', topic });
        return [partition, Number(offset)];
      }),
    );
  }

  return {
    async read(partitions) {
      const ends = new Map<number, number>();
      const troubles: Error[] = [];
      const leaders = await groupByLeader(routes, topic, partitions, troubles);
      await Promise.all(
        leaders.map(async ({ address, partitions: led }) => {
          try {
            for (const [partition, end] of await askLeader(address, led)) {
              ends.set(partition, end);
            }
          } catch (error) {
            troubles.push(toError(error));
          }
        }),
      );
      if (troubles.length === 0 && ends.size < partitions.length) {
        troubles.push(new KafkaAnswerError('fail', -1, 'A leader left partitions out'));
      }
      if (troubles.length > 0) {
        routes.forget();
      }
      onTrouble(troubles[0]);
      return ends;
    },
    close: connections.close,
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('The ends are not told', { cause: error });
}

interface Led {
  readonly address: BrokerAddress;
  readonly partitions: number[];
}

async function groupByLeader(
  routes: KafkaRoutes,
  topic: string,
  partitions: readonly number[],
  troubles: Error[],
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
      troubles.push(toError(error));
    }
  }
  return [...leaders.values()];
}

interface WireOffsets {
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly offset: string;
    }[];
  }[];
}
