import { toEpochEnds } from '../../cluster/client/epoch-ends.ts';
import { type ConnectionSet, createConnectionSet } from '../../cluster/connection-set.ts';
import { type BrokerAddress, formatBrokerAddress } from '../../cluster/kafkajs/broker-address.ts';
import type { KafkaCall } from '../../cluster/kafkajs/kafka-connection.ts';
import type { EpochQuestion } from '../../wire/epoch-end-codec.ts';
import type { FetchedPartitions } from '../../wire/fetch-codec.ts';
import { findFetched, isCutShort, takeFetchBatch, toFetchCall } from './fetch-batch.ts';
import {
  type Gathering,
  groupByTopic,
  type PendingCall,
  takeEachPartitionOnce,
  toWanted,
} from './gathering.ts';
import { type SharedConnections, type SharedConnectionsDeps, toLease } from './shared-connections.ts';

interface WaitingCall extends PendingCall {
  readonly isOver: () => boolean;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface BrokerQueue {
  readonly address: BrokerAddress;
  readonly idle: ConnectionSet[];
  waiting: WaitingCall[];
  isPumpDue: boolean;
}

interface GatheredReadsDeps extends SharedConnectionsDeps {
  /** For every request that is no Fetch: a Fetch that waits for records would delay it. */
  readonly others: SharedConnections;
}

/** Requests for `others` to one broker. While one is answered, the next partitions gather for the other. */
const questionsAtOnce = 2;

/**
 * What is read of many partitions, over few connections and in few requests. A broker answers the requests of a connection
 * one after the other, and a Fetch waits for records. So all Fetches that wait go out in one request as soon as a connection
 * is free. Partitions without records end up together in one long wait, and leave the other connections to those that have
 * some. Questions about offsets are gathered the same way: a process that gets a thousand partitions asks ten of each.
 */
export function createGatheredReads(deps: GatheredReadsDeps): SharedConnections {
  const { others } = deps;
  const sets = Array.from({ length: deps.maxPerBroker }, () => createConnectionSet(deps.openConnection));
  const fetch = createGatherer(fetches, sets);
  const ask = createGatherer(
    questions,
    Array.from({ length: questionsAtOnce }, (_, index) => others.lease(index)),
  );

  return {
    lease(owner) {
      const other = others.lease(owner);
      const lease = toLease((address, call, isOver) => {
        if (call.api === 'Fetch') {
          return fetch(address, call, isOver);
        }
        return isQuestion(call) ? ask(address, call, isOver) : other.call(address, call);
      }, other.supports);
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

const fetches: Gathering = {
  take: takeFetchBatch,
  toCall: toFetchCall,
  find(pending, answer) {
    const part = findFetched(pending, answer as FetchedPartitions);
    return !pending.isAlone && part !== undefined && isCutShort(pending, part) ? undefined : { part };
  },
};

const questions: Gathering = {
  take: takeQuestionBatch,
  toCall: toQuestionCall,
  find: (pending, answer) => ({ part: findQuestionPart(pending, answer) }),
};

type Gather = (address: BrokerAddress, call: KafkaCall, isOver: () => boolean) => Promise<unknown>;

/** Over each of the connections goes one request at a time. */
function createGatherer(gathering: Gathering, sets: readonly ConnectionSet[]): Gather {
  const queues = new Map<string, BrokerQueue>();

  function queueOf(address: BrokerAddress): BrokerQueue {
    const name = formatBrokerAddress(address);
    const queue = queues.get(name) ?? { address, idle: [...sets], waiting: [], isPumpDue: false };
    queues.set(name, queue);
    return queue;
  }

  function pump(queue: BrokerQueue): void {
    queue.waiting = queue.waiting.filter(({ isOver }) => !isOver());
    while (queue.waiting.length > 0) {
      const set = queue.idle.pop();
      if (set === undefined) {
        return;
      }
      const { batch, rest } = gathering.take(queue.waiting);
      queue.waiting = rest;
      void send(queue, set, batch);
    }
  }

  async function send(queue: BrokerQueue, set: ConnectionSet, batch: readonly WaitingCall[]): Promise<void> {
    try {
      const answer = await set.call(queue.address, gathering.toCall(batch));
      const isAlone = batch.length === 1;
      for (const each of batch) {
        const found = gathering.find({ ...each, isAlone }, answer);
        if (found === undefined) {
          queue.waiting.push({ ...each, isAlone: true });
        } else {
          each.resolve(found.part);
        }
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

  return (address, call, isOver) =>
    new Promise((resolve, reject) => {
      const queue = queueOf(address);
      queue.waiting.push({ call, isOver, resolve, reject, isAlone: false });
      if (!queue.isPumpDue) {
        queue.isPumpDue = true;
        // After this turn of the event loop: requests that come in the same turn go out together.
        setImmediate(() => {
          queue.isPumpDue = false;
          pump(queue);
        });
      }
    });
}

/** The answers of all of them name topics and partitions in the same way. */
const questionApis: ReadonlySet<KafkaCall['api']> = new Set([
  'ListOffsets',
  'OffsetFetch',
  'OffsetForLeaderEpoch',
]);

/** An answer has some 200 bytes of each partition at most, and 16 MiB of all. */
const mostPartitions = 1_000;

function isQuestion({ api }: KafkaCall): boolean {
  return questionApis.has(api);
}

/** All that wait and ask for the same as the first one, of other partitions. */
export function takeQuestionBatch<T extends PendingCall>(waiting: readonly T[]): { batch: T[]; rest: T[] } {
  const kind = waiting[0] && kindOf(waiting[0]);
  return takeEachPartitionOnce(
    waiting,
    (each, takenCount) => takenCount < mostPartitions && kindOf(each) === kind,
  );
}

/** One request for all of them. */
export function toQuestionCall(batch: readonly PendingCall[]): KafkaCall {
  const { call } = batch[0] as PendingCall;
  if (call.api === 'OffsetForLeaderEpoch') {
    return toEpochEnds(groupByTopic(batch.map((each) => toWanted<EpochQuestion>(each))));
  }
  return {
    ...call,
    parameters: { ...call.parameters, topics: groupByTopic(batch.map((each) => toWanted(each))) },
  };
}

interface Answer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number }[];
  }[];
}

/** The answer as if only this one had been asked: an error of another partition is none of it. */
export function findQuestionPart(pending: PendingCall, answer: unknown): unknown {
  const { topic, wanted } = toWanted(pending);
  const { responses } = answer as Answer;
  const ofTopic = responses.find((each) => each.topic === topic)?.partitions ?? [];
  const partitions = ofTopic.filter(({ partition }) => partition === wanted.partition);
  return { ...(answer as Answer), responses: [{ topic, partitions }] };
}

function kindOf({ call }: PendingCall): string {
  return JSON.stringify([call.api, { ...call.parameters, topics: undefined }]);
}
