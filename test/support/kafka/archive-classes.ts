import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { fetchKafka } from './fetch-kafka.ts';
import { startKafkaCluster } from './kafka-cluster.ts';

/**
 * Creates, once, an archive of the classes that a broker loads at startup. With this archive, a broker starts with half
 * the work. Downloads Kafka if necessary.
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
    // If Java has no archive of its own classes, it cannot create an archive of Kafka's classes.
    if (existsSync(part)) {
      await rename(part, classArchive);
    }
  } finally {
    await cluster.stop();
    await rm(part, { force: true });
  }
}
