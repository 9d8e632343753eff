import type { RejectionForecast, SinkRecord } from '../../../ports/sink.ts';
import type { KafkaClientDeps } from '../cluster/client/kafka-client.ts';
import { describeTopics } from '../cluster/topics/describe-topics.ts';
import type { Compressor } from '../wire/compression.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import { writeRecordBatch } from '../wire/write-record-batch.ts';

interface RejectionForecastDeps extends KafkaClientDeps {
  readonly compressor: Compressor | undefined;
}

/**
 * Reads `max.message.bytes` of the topics. A broker compares this limit with the size of a whole batch after
 * compression. Before a record is finally rejected, it is sent in a batch of its own, so the size of that batch is
 * predicted.
 *
 * @returns a forecast of `too_large`, which is `unknown` for a topic whose settings this client may not read
 */
export async function openRejectionForecast(
  topics: readonly string[],
  { connection, logger, compressor }: RejectionForecastDeps,
): Promise<RejectionForecast> {
  const limits = new Map<string, number>();
  try {
    for (const { topic, settings } of (
      await describeTopics(topics, { connection, logger })
    ).topics.values()) {
      if (settings !== undefined && !settings.unreported.has('max.message.bytes')) {
        limits.set(topic, settings.maxMessageBytes);
      }
    }
  } catch (error) {
    logger.debug({ err: error }, 'the limits of the topics cannot be read');
  }
  return createRejectionForecast(limits, compressor);
}

/**
 * Creates a forecast.
 *
 * @param limits `max.message.bytes` by topic
 */
export function createRejectionForecast(
  limits: ReadonlyMap<string, number>,
  compressor?: Compressor,
): RejectionForecast {
  return (record) => {
    const sizeLimit = limits.get(record.topic);
    if (sizeLimit === undefined) {
      return 'unknown';
    }
    return measureBatchBytes(record, compressor) > sizeLimit ? 'too_large' : undefined;
  };
}

/** Returns the size in bytes of a batch that contains only this record. */
function measureBatchBytes(record: SinkRecord, compressor: Compressor | undefined): number {
  const writer = new WireWriter(1_024 + record.value.length);
  writeRecordBatch(writer, [record], { now: 0, compressor });
  return writer.offset;
}
