import { type ApiCall, type ApiHandler, toPartitionName } from './api-handler.ts';
import type { RequestReader } from './broker-wire.ts';
import { toErrorCode } from './error-code.ts';
import { readTopics, writeTopics } from './topic-list.ts';
import type { Producer } from './transaction-coordinator.ts';

/** Returns an error code if the broker is not the coordinator, and 0 otherwise. */
function faultOf({ cluster, broker, fault }: ApiCall, transactionalId: string): number {
  return toErrorCode(cluster.coordination.findFault('transaction', transactionalId, broker) ?? fault);
}

function readProducer(request: RequestReader): Producer {
  return { producerId: request.bigInt64(), producerEpoch: request.int16() };
}

function answerCode({ throttleMs, answer }: ApiCall, errorCode: number): void {
  answer((writer) => {
    writer.int32(throttleMs);
    writer.int16(errorCode);
  });
}

export const initProducerIdApi: ApiHandler = {
  apiKey: 22,
  version: 1,
  handle(call) {
    const { request, cluster } = call;
    const transactionalId = request.string();
    const timeoutMs = request.int32();
    const faultCode = faultOf(call, transactionalId);
    const refused = { errorCode: faultCode, producerId: -1n, producerEpoch: -1 };
    const initialised =
      faultCode === 0
        ? cluster.coordination.transactions.initProducerId(transactionalId, timeoutMs)
        : refused;
    call.answer((writer) => {
      writer.int32(call.throttleMs);
      writer.int16(initialised.errorCode);
      writer.bigInt64(initialised.producerId);
      writer.int16(initialised.producerEpoch);
    });
  },
};

export const addPartitionsToTxnApi: ApiHandler = {
  apiKey: 24,
  version: 1,
  handle(call) {
    const { request, cluster } = call;
    const transactionalId = request.string();
    const producer = readProducer(request);
    const topics = readTopics(request, () => request.int32());
    const parts = topics.flatMap(({ topic, partitions }) =>
      partitions.map(
        (partition) => ({ kind: 'partition', name: toPartitionName(topic, partition) }) as const,
      ),
    );
    const { transactions } = cluster.coordination;
    const errorCode =
      faultOf(call, transactionalId) || transactions.addParts(transactionalId, producer, parts);
    call.answer((writer) => {
      writer.int32(call.throttleMs);
      writeTopics(writer, topics, (partition) => {
        writer.int32(partition);
        writer.int16(errorCode);
      });
    });
  },
};

export const addOffsetsToTxnApi: ApiHandler = {
  apiKey: 25,
  version: 1,
  handle(call) {
    const { request, cluster } = call;
    const transactionalId = request.string();
    const producer = readProducer(request);
    const part = { kind: 'group', name: request.string() } as const;
    const { transactions } = cluster.coordination;
    answerCode(
      call,
      faultOf(call, transactionalId) || transactions.addParts(transactionalId, producer, [part]),
    );
  },
};

export const endTxnApi: ApiHandler = {
  apiKey: 26,
  version: 1,
  handle(call) {
    const { request, cluster } = call;
    const transactionalId = request.string();
    const producer = readProducer(request);
    const marker = request.int8() === 1 ? 'commit' : 'abort';
    const { transactions } = cluster.coordination;
    answerCode(call, faultOf(call, transactionalId) || transactions.end(transactionalId, producer, marker));
  },
};

export const txnOffsetCommitApi: ApiHandler = {
  apiKey: 28,
  version: 1,
  handle(call) {
    const { request, cluster, broker, fault } = call;
    request.string(); // transactional id
    const groupId = request.string();
    const producer = readProducer(request);
    const topics = readTopics(request, () => ({
      partition: request.int32(),
      offset: request.int64(),
      metadata: request.string(),
    }));
    const { coordination } = cluster;
    const errorCode =
      toErrorCode(coordination.findFault('group', groupId, broker) ?? fault) ||
      coordination.transactions.verify({ kind: 'group', name: groupId }, producer);
    call.answer((writer) => {
      writer.int32(call.throttleMs);
      writeTopics(writer, topics, ({ partition, offset, metadata }, topic) => {
        const committed = { offset, metadata };
        writer.int32(partition);
        writer.int16(
          errorCode === 0
            ? coordination
                .offsets(groupId)
                .commitLater(producer, toPartitionName(topic, partition), committed)
            : errorCode,
        );
      });
    });
  },
};

/** Value of Kafka's `offset.metadata.max.bytes`. */
const largestMetadata = 4_096;

export const offsetCommitApi: ApiHandler = {
  apiKey: 8,
  version: 5,
  handle(call) {
    const { request, cluster, broker, fault } = call;
    const groupId = request.string();
    const generationId = request.int32();
    const memberId = request.string();
    const topics = readTopics(request, () => ({
      partition: request.int32(),
      offset: request.int64(),
      metadata: request.string(),
    }));
    const { coordination } = cluster;
    const refused = toErrorCode(
      coordination.findFault('group', groupId, broker) ??
        fault ??
        coordination.group(groupId).findCommitFault({ memberId, generationId }),
    );
    call.answer((writer) => {
      writer.int32(call.throttleMs);
      writeTopics(writer, topics, ({ partition, offset, metadata }, topic) => {
        const errorCode =
          cluster.partition(topic, partition) === undefined
            ? toErrorCode('UNKNOWN_TOPIC_OR_PARTITION')
            : refused || (metadata.length > largestMetadata ? toErrorCode('OFFSET_METADATA_TOO_LARGE') : 0);
        if (errorCode === 0) {
          coordination.offsets(groupId).set(toPartitionName(topic, partition), offset, metadata);
        }
        writer.int32(partition);
        writer.int16(errorCode);
      });
    });
  },
};

export const offsetFetchApi: ApiHandler = {
  apiKey: 9,
  version: 4,
  handle(call) {
    const { request, cluster, broker, fault } = call;
    const groupId = request.string();
    const topics = readTopics(request, () => request.int32());
    const { coordination } = cluster;
    const name = coordination.findFault('group', groupId, broker) ?? fault;
    call.answer((writer) => {
      writer.int32(call.throttleMs);
      writeTopics(writer, name === undefined ? topics : [], (partition, topic) => {
        const found = coordination.offsets(groupId).find(toPartitionName(topic, partition));
        writer.int32(partition);
        writer.int64(found?.offset ?? -1);
        writer.string(found?.metadata ?? '');
        writer.int16(0);
      });
      writer.int16(toErrorCode(name));
    });
  },
};
