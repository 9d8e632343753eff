import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fetchKafka } from './fetch-kafka.ts';
import type { StoredRecord } from './read-topic.ts';

const run = promisify(execFile);

export interface ReadWithJavaOptions {
  readonly bootstrap: string;
  readonly topic: string;
  /** Number of records for which the reader waits. */
  readonly count: number;
}

/**
 * Reads a topic with Kafka's console consumer, with one line per record in arbitrary order. `toJavaLine` returns the
 * line of a record. Records must not contain line breaks. The consumer skips records of aborted transactions.
 */
export async function readWithJava({ bootstrap, topic, count }: ReadWithJavaOptions): Promise<string[]> {
  const { java, quickStart } = await fetchKafka();
  const properties = ['partition', 'offset', 'headers', 'key', 'value'].flatMap((name) => [
    '--formatter-property',
    `print.${name}=true`,
  ]);
  const { stdout } = await run(
    java,
    [
      ...['-Dfile.encoding=UTF-8', ...quickStart, 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
      ...['--bootstrap-server', bootstrap, '--topic', topic, '--from-beginning'],
      ...['--max-messages', String(count), '--timeout-ms', '30000', '--isolation-level', 'read_committed'],
      ...properties,
    ],
    { maxBuffer: 256 * 1024 * 1024, timeout: 60_000 },
  );
  return stdout.split('\n').filter((line) => line.startsWith('Partition:'));
}

export function toJavaLine({ partition, offset, headers, key, value }: StoredRecord): string {
  const named = Object.entries(headers).map(([name, text]) => `${name}:${text}`);
  return [
    `Partition:${partition}`,
    `Offset:${offset}`,
    named.length === 0 ? 'NO_HEADERS' : named.join(),
    key === null ? 'null' : String(key),
    value === null ? 'null' : String(value),
  ].join('\t');
}
