import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaCall, KafkaConnection } from '../kafkajs/kafka-connection.ts';
import {
  decodeFetchAnswers,
  type FetchedPartition,
  type FetchedPartitions,
  fetchThrottleAt,
  fetchVersion,
} from '../wire/fetch-codec.ts';
import { type ConnectionSet, createConnectionSet } from './connection-set.ts';
import { type SharedConnections, toLease } from './shared-connections.ts';

/** A Fetch of one partition, as `createPartitionReader` asks. */
interface FetchParameters {
  readonly maxWaitTime: number;
  readonly maxBytes: number;
  readonly topics: readonly [{ readonly topic: string; readonly partitions: readonly [WirePartition] }];
}

interface WirePartition {
  readonly partition: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
}

interface Waiting {
  readonly call: KafkaCall;
  readonly isOver: () => boolean;
  readonly resolve: (answer: FetchedPartition | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** Shared with others, the answer did not tell. */
  isAlone: boolean;
}

interface BrokerQueue {
  readonly address: BrokerAddress;
  readonly idle: ConnectionSet[];
  waiting: Waiting[];
}

/** All that one request may bring, however many partitions it asks for; each of them may bring at least `leastBytes`. */
const budgetBytes = 16 * 1024 * 1024;
const leastBytes = 64 * 1024;

interface GatheredFetchesDeps {
  readonly openConnection: (address: BrokerAddress) => KafkaConnection;
  readonly maxPerBroker: number;
  /** For every request that is no Fetch: a Fetch that waits for records would hold it up. */
  readonly others: SharedConnections;
}

/**
 * Fetches of many partitions over few connections. A broker answers one request of a connection after the other, and a
 * Fetch waits for records: so those that come together go out together, as soon as a connection is free. Partitions
 * without records end up in one long wait, and leave the other connections to those that have some.
 */
export function createGatheredFetches(deps: GatheredFetchesDeps): SharedConnections {
  const sets = Array.from({ length: deps.maxPerBroker }, () => createConnectionSet(deps.openConnection));
  const queues = new Map<string, BrokerQueue>();

  function queueOf(address: BrokerAddress): BrokerQueue {
    const name = formatBrokerAddress(address);
    const queue = queues.get(name) ?? { address, idle: [...sets], waiting: [] };
    queues.set(name, queue);
    return queue;
  }

  function fetch(address: BrokerAddress, call: KafkaCall, isOver: () => boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const queue = queueOf(address);
      queue.waiting.push({ call, isOver, resolve, reject, isAlone: false });
      // After all that become ready in this turn of the event loop have come.
      setImmediate(() => pump(queue));
    });
  }

  function pump(queue: BrokerQueue): void {
    queue.waiting = queue.waiting.filter(({ isOver }) => !isOver());
    for (let set = queue.idle.pop(); set !== undefined; set = queue.idle.pop()) {
      const batch = takeBatch(queue);
      if (batch.length === 0) {
        queue.idle.push(set);
        return;
      }
      void send(queue, set, batch);
    }
  }

  async function send(queue: BrokerQueue, set: ConnectionSet, batch: readonly Waiting[]): Promise<void> {
    try {
      const answer = (await set.call(queue.address, toCall(batch))) as FetchedPartitions;
      for (const each of batch) {
        settle(queue, each, answer, batch.length > 1);
      }
    } catch (error) {
      for (const { reject } of batch) {
        reject(error);
      }
    } finally {
      queue.idle.push(set);
      pump(queue);
    }
  }

  function settle(queue: BrokerQueue, each: Waiting, answer: FetchedPartitions, isShared: boolean): void {
    const { topic, wanted } = toWanted(each);
    const found =
      answer.failed ??
      answer.partitions.find((one) => one.topic === topic && one.partition === wanted.partition);
    // The others may have used up what an answer may hold. Taken as it is, it would mean that there is nothing more.
    if (isShared && found !== undefined && isCutShort(found, wanted.fetchOffset)) {
      queue.waiting.push({ ...each, isAlone: true });
      return;
    }
    each.resolve(found);
  }

  return {
    lease() {
      const other = deps.others.lease();
      const lease = toLease(
        (address, call, isOver) =>
          call.api === 'Fetch' ? fetch(address, call, isOver) : other.call(address, call),
        other.supports,
      );
      return {
        ...lease,
        close() {
          lease.close();
          other.close();
        },
      };
    },
    close() {
      for (const set of sets) {
        set.close();
      }
    },
  };
}

/** All that wait, each partition once; or one that has to be asked for alone. */
function takeBatch(queue: BrokerQueue): readonly Waiting[] {
  const alone = queue.waiting.findIndex(({ isAlone }) => isAlone);
  if (alone >= 0) {
    return queue.waiting.splice(alone, 1);
  }
  const batch = new Map<string, Waiting>();
  const rest: Waiting[] = [];
  for (const each of queue.waiting) {
    const { topic, wanted } = toWanted(each);
    const name = `${topic}/${wanted.partition}`;
    if (batch.has(name)) {
      rest.push(each);
    } else {
      batch.set(name, each);
    }
  }
  queue.waiting = rest;
  return [...batch.values()];
}

function toCall(batch: readonly Waiting[]): KafkaCall {
  const share =
    batch.length === 1 ? Number.POSITIVE_INFINITY : Math.max(leastBytes, budgetBytes / batch.length);
  const topics = new Map<string, WirePartition[]>();
  for (const each of batch) {
    const { topic, wanted } = toWanted(each);
    const partitions = topics.get(topic) ?? [];
    partitions.push({ ...wanted, maxBytes: Math.min(wanted.maxBytes, Math.floor(share)) });
    topics.set(topic, partitions);
  }
  const all = batch.map(({ call }) => call.parameters as FetchParameters);
  const first = batch[0] as Waiting;
  return {
    api: 'Fetch',
    parameters: {
      ...first.call.parameters,
      maxWaitTime: Math.min(...all.map(({ maxWaitTime }) => maxWaitTime)),
      maxBytes: [...topics.values()].flat().reduce((sum, { maxBytes }) => sum + maxBytes, 0),
      topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    },
    timeoutMs: Math.max(...batch.map(({ call }) => call.timeoutMs ?? 0)),
    codec: { version: fetchVersion, decode: decodeFetchAnswers, throttleAt: fetchThrottleAt },
  };
}

function toWanted({ call }: Waiting): { readonly topic: string; readonly wanted: WirePartition } {
  const [{ topic, partitions }] = (call.parameters as FetchParameters).topics;
  return { topic, wanted: partitions[0] };
}

/** Length of what stands before a batch's length, and of that. */
const lengthEndsAt = 12;

function isCutShort(
  { errorCode, recordSet, lastStableOffset }: FetchedPartition,
  fromOffset: number,
): boolean {
  if (errorCode !== 0) {
    return false;
  }
  if (recordSet.length === 0) {
    return lastStableOffset > fromOffset;
  }
  return recordSet.length < lengthEndsAt || recordSet.length < lengthEndsAt + recordSet.readInt32BE(8);
}
