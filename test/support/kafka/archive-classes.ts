import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { fetchKafka } from './fetch-kafka.ts';
import { startKafkaCluster } from './kafka-cluster.ts';

/**
 * Creates an archive of the classes that a broker loads at startup, if the archive does not exist yet. A broker that
 * uses this archive needs half as much work to start. Downloads Kafka if necessary.
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
    // Java creates this archive only if it has an archive of its own classes, so the file may be missing.
    if (existsSync(part)) {
      await rename(part, classArchive);
    }
  } finally {
    await cluster.stop();
    await rm(part, { force: true });
  }
}
