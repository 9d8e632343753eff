import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { provideTool } from '../tools/provide-tool.ts';

export type Compression = 'none' | 'gzip' | 'zstd' | 'lz4' | 'snappy';

interface ProduceWithKcatOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partition: number;
  readonly compression: Compression;
  /** Headers of all records. */
  readonly headers: Readonly<Record<string, string>>;
  readonly records: readonly { readonly key: string; readonly value: string }[];
}

/** Writes records with the compression of librdkafka, which frames snappy data differently from Kafka's Java client. */
export async function produceWithKcat(options: ProduceWithKcatOptions): Promise<void> {
  const kcat = await provideTool('kcat');
  const { bootstrap, topic, partition, compression, headers, records } = options;
  const child = spawn(
    kcat,
    [
      ...['-P', '-b', bootstrap, '-t', topic, '-p', String(partition), '-z', compression, '-K', '\t'],
      ...['-X', 'linger.ms=200'],
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]),
    ],
    { stdio: ['pipe', 'ignore', 'inherit'], timeout: 30_000, killSignal: 'SIGKILL' },
  );
  child.stdin.end(records.map(({ key, value }) => `${key}\t${value}\n`).join(''));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(`kcat ended with ${code}`);
  }
}
