import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Broker } from './broker-process.ts';
import { fetchKafka } from './fetch-kafka.ts';

const run = promisify(execFile);

/** Returns the output of Kafka's own dump tool for the first log segment of a partition, with one line per batch. */
export async function dumpBatches(broker: Broker, topicPartition: string): Promise<string[]> {
  const file = join(dirname(broker.logFile), 'data', topicPartition, `${'0'.repeat(20)}.log`);
  const { java, quickStart } = await fetchKafka();
  const { stdout } = await run(
    java,
    [...quickStart, 'org.apache.kafka.tools.DumpLogSegments', '--files', file],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout.split('\n').filter((line) => line.startsWith('baseOffset'));
}
