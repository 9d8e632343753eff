import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProduceWithJavaOptions {
  readonly java: string;
  /** Directory with Kafka's jar files. */
  readonly libs: string;
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: readonly { readonly key: string; readonly value: string }[];
}

/** Produces with Kafka's console producer, so that Java's default partitioner chooses the partition. */
export async function produceWithJava(options: ProduceWithJavaOptions): Promise<void> {
  const { java, libs, bootstrap, topic, records } = options;
  const child = spawn(
    java,
    [
      ...['-cp', `${libs}/*`, 'org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', bootstrap],
      ...['--topic', topic, '--reader-property', 'parse.key=true', '--reader-property', 'key.separator=|'],
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  child.stdin.end(records.map(({ key, value }) => `${key}|${value}\n`).join(''));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(`The console producer ended with ${code}`);
  }
}
