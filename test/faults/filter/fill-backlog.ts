import { randomBytes } from 'node:crypto';
import { KafkaAnswerError } from '../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { WireReader } from '../../../src/stores/kafka/wire/wire-reader.ts';
import { WireWriter } from '../../../src/stores/kafka/wire/wire-writer.ts';
import type { BatchRecord } from '../../../src/stores/kafka/wire/write-record-batch.ts';
import { type CodecName, toCompressedBatch } from '../../support/kafka/compressed-batch.ts';
import { apiKeys, askKafka } from '../../support/kafka/kafka-wire.ts';

interface Backlog {
  readonly port: number;
  readonly topic: string;
  readonly partitions: number;
  readonly codec: CodecName;
  /** Number of bytes before compression. */
  readonly mib: number;
}

const recordsOfBatch = 850;
const maxEntities = 200_000;
const mebibyte = 1024 * 1024;
const words = 'delivered message recipient channel accepted status provider account timestamp payload'.split(
  ' ',
);

/**
 * Writes events in the same manner as the receiver stores them, in batches of equal size. Newer events of an entity
 * have higher revisions.
 *
 * @returns the number of events, and the number of bytes that the brokers store
 */
export async function fillBacklog({ port, topic, partitions, codec, mib }: Backlog) {
  let [bytes, events, storedBytes] = [0, 0, 0];
  // Each entity stays in one partition. The number of entities is limited, because this run does not test their memory
  // use.
  const batchesOfRevision = partitions * Math.max(1, Math.floor(maxEntities / recordsOfBatch / partitions));
  for (let at = 0; bytes < mib * mebibyte; at += 1) {
    const revision = 1 + Math.floor(at / batchesOfRevision);
    const firstEntity = (at % batchesOfRevision) * recordsOfBatch;
    const records = Array.from({ length: recordsOfBatch }, (_, index) =>
      toEvent(events + index, firstEntity + index, revision),
    );
    const batch = toCompressedBatch(records, { codec });
    await appendBatch({ port, topic, partition: at % partitions }, batch);
    bytes += records.reduce((sum, { value }) => sum + (value?.length ?? 0) + headerBytes, 0);
    events += records.length;
    storedBytes += batch.length;
  }
  return { events, storedBytes };
}

/** Approximate size of the key and headers in bytes. */
const headerBytes = 400;

/** A quarter of the bytes is random, as in real identifiers. */
function toEvent(
  number: number,
  entityNumber: number,
  revision: number,
): BatchRecord & { readonly value: Buffer } {
  const chance = randomBytes(160).toString('base64');
  const text = Array.from({ length: 30 }, (_, index) => words[(number + index * index) % words.length]).join(
    ' ',
  );
  const entity = `entity-${entityNumber}`;
  const value = `{"eventId":"${number}","name":"message.delivered","revision":${revision},"payload":{"id":"${entity}","a":"${chance}","text":"${text}"}}`;
  return {
    ...{ timestampMs: Date.now(), key: entity, value: Buffer.from(value) },
    headers: {
      ...{ ce_specversion: '1.0', ce_id: String(number), ce_type: 'message.delivered', ce_subject: entity },
      ...{ 'content-type': 'application/json', 'received-at': new Date().toISOString(), webhook: 'webhook' },
      ...{
        ce_source: 'urn:comapi:api-space:0d2b9e8f-3c2a-4f0e-9a51-6f0f4d1a7c55',
        revision: String(revision),
      },
    },
  };
}

interface Place {
  readonly port: number;
  readonly topic: string;
  readonly partition: number;
}

/**
 * Appends a batch that is already compressed. Brokers do not inspect compressed records, so the batch is stored without
 * changes.
 */
export async function appendBatch({ port, topic, partition }: Place, batch: Buffer): Promise<void> {
  const writer = new WireWriter(batch.length + 256);
  writer.int16(-1); // no transaction
  writer.int16(-1); // all replicas
  writer.int32(30_000);
  writer.int32(1);
  writer.string(topic);
  writer.int32(1);
  writer.int32(partition);
  writer.int32(batch.length);
  writer.raw(batch);
  const request = { port, apiKey: apiKeys.produce, apiVersion: 7, timeoutMs: 60_000 };
  const answer = new WireReader(await askKafka({ ...request, body: writer.written() }));
  answer.int32();
  answer.string();
  answer.int32();
  answer.int32();
  const errorCode = answer.int16();
  if (errorCode !== 0) {
    throw new KafkaAnswerError('fail', errorCode, `appending to ${topic}-${partition}`);
  }
}
