import type { HiddenRange } from '../../../../filter/filter-store.ts';
import { toError } from '../../../../runtime/errors.ts';
import {
  isolationLevels,
  offsetTimes,
  readOffsets,
  toListOffsets,
} from '../../cluster/client/list-offsets.ts';
import { describeHidden } from '../../cluster/client/open-transaction.ts';
import type { ConnectionSet } from '../../cluster/connection-set.ts';
import { KafkaAnswerError, noErrorCode } from '../../cluster/errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import { type BrokerAddress, formatBrokerAddress } from '../../cluster/kafkajs/broker-address.ts';

interface LogEndsDeps {
  readonly routes: Pick<KafkaRoutes, 'leaderOf' | 'forget'>;
  readonly connections: Pick<ConnectionSet, 'call'>;
  readonly topic: string;
  /**
   * `written`: the high watermark. A transaction that stays open stops a reader and the last stable offset, and the records
   * behind it wait all the same. `stable`: the last stable offset.
   */
  readonly end: 'written' | 'stable';
  /** `undefined` when every end was found. */
  readonly onProblem: (error: Error | undefined) => void;
}

/** Behind the last record of each partition, as the leaders say; without those whose leader does not answer. */
export async function readLogEnds(
  { routes, connections, topic, end: which, onProblem }: LogEndsDeps,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const ends = new Map<number, number>();
  const problems: Error[] = [];

  async function askLeader({ address, partitions: led }: Led): Promise<void> {
    const isolationLevel =
      which === 'written' ? isolationLevels.readUncommitted : isolationLevels.readCommitted;
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

/** What transactions hide that are open, in partitions of a topic whose ends are known. */
export async function readHidden(
  deps: Omit<LogEndsDeps, 'end' | 'onProblem'>,
  role: HiddenRange['topic'],
  partitions: readonly number[],
): Promise<readonly HiddenRange[]> {
  // Who does not answer is heard of by whoever asks for the ends of the events.
  const ask = (end: LogEndsDeps['end']) => readLogEnds({ ...deps, end, onProblem() {} }, partitions);
  // In this order: what is written in between hides nothing.
  const written = await ask('written');
  const stable = await ask('stable');
  return partitions.flatMap((partition) => {
    const [from, end] = [stable.get(partition), written.get(partition)];
    if (from === undefined || end === undefined) {
      return [];
    }
    const to = Math.max(from, end);
    const problem = describeHidden({ topic: deps.topic, partition, from, to });
    return [{ topic: role, partition, from, to, problem }];
  });
}
