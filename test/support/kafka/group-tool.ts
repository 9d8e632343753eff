import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporaryDirectory } from '../test-receiver.ts';
import { fetchKafka } from './fetch-kafka.ts';

/** Provides a `PATH` that contains `kafka-consumer-groups.sh` from Kafka's own distribution, until the test ends. */
export async function provideGroupTool(): Promise<string> {
  const { java, quickStart } = await fetchKafka();
  const bin = temporaryDirectory();
  const tool = join(bin, 'kafka-consumer-groups.sh');
  const words = [java, ...quickStart, 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'];
  writeFileSync(tool, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(tool, 0o755);
  return [bin, process.env.PATH].join(delimiter);
}
