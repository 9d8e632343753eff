import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../tools/cache-directory.ts';
import { provideTool } from '../tools/provide-tool.ts';

const run = promisify(execFile);
/** `KAFKA_TEST_VERSION` selects the Kafka version in the version matrix. */
const version = process.env.KAFKA_TEST_VERSION || '4.3.1';
const pomFile = new URL('pom.xml', import.meta.url).pathname;

export interface KafkaProgram {
  readonly java: string;
  /** Directory that contains Kafka's jar files. */
  readonly libs: string;
  /** Java options with which Kafka and its tools start quickly, including the class path. */
  readonly quickStart: readonly string[];
  /** Archive of loaded classes for this Java version, if the archive exists. */
  readonly classArchive: string;
}

/** Returns the path of Apache Kafka in the cache. Maven downloads Kafka on the first call. */
export async function fetchKafka(): Promise<KafkaProgram> {
  const java = await provideTool('java');
  const target = kafkaDirectory();
  if (!isKafkaFetched()) {
    const mvn = await provideTool('mvn');
    process.stderr.write(`fetching Apache Kafka ${version} with Maven into ${target}, once\n`);
    await mkdir(cacheDirectory(), { recursive: true });
    await download(mvn, await mkdtemp(`${target}.part-`), target);
  }
  const libs = join(target, 'libs');
  const classArchive = `${target}-java-${Math.floor(statSync(java).mtimeMs)}.jsa`;
  const shared = existsSync(classArchive) ? [`-XX:SharedArchiveFile=${classArchive}`] : [];
  const small = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
  return { java, libs, classArchive, quickStart: [...small, ...shared, '-cp', `${libs}/*`] };
}

export function isKafkaFetched(): boolean {
  return existsSync(kafkaDirectory());
}

function kafkaDirectory(): string {
  return join(cacheDirectory(), `kafka-${version}`);
}

/**
 * Downloads to a temporary directory. The final rename is atomic, so an interrupted download leaves no partial cache,
 * and concurrent downloads do not mix.
 */
async function download(mvn: string, part: string, target: string): Promise<void> {
  try {
    await run(mvn, [
      ...['-q', '-B', '-f', pomFile, `-Dkafka.version=${version}`, 'dependency:copy-dependencies'],
      ...['-DincludeScope=runtime', `-DoutputDirectory=${join(part, 'libs')}`],
    ]);
    await rename(part, target);
  } catch (error) {
    if (!existsSync(target)) {
      throw new Error(`Maven could not fetch Apache Kafka ${version} for the tests; its own words follow.`, {
        cause: error,
      });
    }
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}
