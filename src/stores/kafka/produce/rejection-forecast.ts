import type { RejectionForecast, SinkRecord } from '../../../ports/sink.ts';
import type { KafkaClientDeps } from '../cluster/client/kafka-client.ts';
import { describeTopics } from '../cluster/topics/describe-topics.ts';
import type { Compressor } from '../wire/compression.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import { writeRecordBatch } from '../wire/write-record-batch.ts';

interface ForecastDeps extends KafkaClientDeps {
  readonly compressor: Compressor | undefined;
}

/**
 * Reads `max.message.bytes` of the topics. A broker compares this limit with the size of a whole batch after
 * compression. Before a record is finally rejected, it is sent in a batch of its own, so the size of that batch is
 * predicted.
 *
 * @returns a forecast of `too_large`, which is `unknown` for a topic whose settings this client may not read
 */
export async function openForecast(
  topics: readonly string[],
  { connection, logger, compressor }: ForecastDeps,
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
  return createForecast(limits, compressor);
}

/**
 * Creates a forecast.
 *
 * @param limits `max.message.bytes` by topic
 */
export function createForecast(
  limits: ReadonlyMap<string, number>,
  compressor?: Compressor,
): RejectionForecast {
  return (record) => {
    const limit = limits.get(record.topic);
    if (limit === undefined) {
      return 'unknown';
    }
    return measureBatch(record, compressor) > limit ? 'too_large' : undefined;
  };
}

/** Returns the size in bytes of a batch that contains only this record. */
function measureBatch(record: SinkRecord, compressor: Compressor | undefined): number {
  const writer = new WireWriter(1_024 + record.value.length);
  writeRecordBatch(writer, [record], { now: 0, compressor });
  return writer.offset;
}
