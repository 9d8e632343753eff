import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { fetchKafka } from './fetch-kafka.ts';
import { startKafkaCluster } from './kafka-cluster.ts';

/**
 * Creates an archive of the classes that a broker loads at its start, once. With it, brokers start with half the work.
 * Fetches Kafka if it is missing.
 */
export async function archiveClasses(): Promise<void> {
  const { classArchive } = await fetchKafka();
  if (existsSync(classArchive)) {
    return;
  }
  const part = `${classArchive}.part-${process.pid}`;
  const cluster = await startKafkaCluster({ nodes: 1, javaOptions: [`-XX:ArchiveClassesAtExit=${part}`] });
  try {
    for (const broker of cluster.brokers) {
      await broker.stop();
    }
    // A Java without an archive of its own classes creates none.
    if (existsSync(part)) {
      await rename(part, classArchive);
    }
  } finally {
    await cluster.stop();
    await rm(part, { force: true });
  }
}
