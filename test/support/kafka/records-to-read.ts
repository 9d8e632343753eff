import type { ReadOptions, RecordSelection } from '../../../src/ports/record-reader.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { readKafkaRecords } from '../../../src/stores/kafka/consume/read-kafka-records.ts';
import type { BatchOptions } from '../../../src/stores/kafka/wire/write-record-batch.ts';
import { startModelBroker } from './start-model-broker.ts';

export type ReadingOptions = Partial<RecordSelection & ReadOptions>;

/** Creates a topic with two partitions. */
export async function startRecordsToRead(brokerCount = 1) {
  const broker = await startModelBroker(brokerCount);
  broker.cluster.addTopic({ name: 'events', partitionCount: 2 });
  const notices: string[] = [];
  const observer = { onStart() {}, onProgress() {}, onWarning: (text: string) => void notices.push(text) };
  const stop = new AbortController();
  const topics = ['events', 'more'].map((events) => ({ events, deadLetter: 'dead', latest: 'latest' }));
  return {
    ...{ ...broker, notices, observer, stop },
    add: (partition: number, ...values: readonly string[]) =>
      broker.append(
        ...(['events', partition] as const),
        values.map((value) => ({ value })),
      ),
    /** Adds a batch with a single record, which can be transactional or compressed. */
    addBatch(partition: number, value: Buffer, options: Partial<BatchOptions>) {
      broker.append('events', partition, [{ value }], options);
      return broker.cluster.logOf('events', partition);
    },
    /**
     * Reads the whole topic. @param use called with each batch before the next batch is read @returns the positions of
     * each batch
     */
    async read(options: ReadingOptions = {}, use = async () => {}) {
      const batches: string[] = [];
      const reading = readKafkaRecords(
        { connection: broker.connection, logger: createLogger('silent') },
        { role: 'events', topics, sinceMs: 0, mayBeMissing: true, ...options },
        { follow: false, signal: stop.signal, observer, ...options },
      );
      for await (const records of reading) {
        batches.push(records.map(({ place }) => place).join());
        await use();
      }
      return batches;
    },
  };
}
