import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../support/tools/cache-directory.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const run = promisify(execFile);

interface MavenSource {
  /** Name of the directory in the cache. */
  readonly name: string;
  /** Fetches the dependencies of a pom once. @returns the directory of the dependencies */
  readonly pom: string;
  readonly goal: 'copy-dependencies' | 'unpack-dependencies';
  readonly options?: readonly string[];
}

/** Fetches the dependencies of a pom once. @returns the directory of the dependencies */
async function fetchByMaven({ name, pom, goal, options = [] }: MavenSource): Promise<string> {
  const target = join(cacheDirectory(), name);
  if (!existsSync(target)) {
    const part = await mkdtemp(`${target}.part-`);
    try {
      await run(await provideTool('mvn'), [
        ...['-q', '-B', '-f', new URL(pom, import.meta.url).pathname, `dependency:${goal}`],
        ...['-DincludeScope=runtime', `-DoutputDirectory=${part}`],
        // By default, Maven writes its markers next to the pom file. The next run would then skip the dependencies for
        // which there is a marker.
        ...[`-DmarkersDirectory=${part}/markers`, ...options],
      ]);
      await rename(part, target);
    } catch (error) {
      // A different test may have fetched the dependencies at the same time.
      if (!existsSync(target)) {
        throw error;
      }
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
  return target;
}

/** Fetches Kafka Connect 4.3.1, which is part of a distribution of Kafka. */
export function fetchConnect(): Promise<string> {
  return fetchByMaven({ name: 'kafka-connect-4.3.1', pom: 'connect-pom.xml', goal: 'copy-dependencies' });
}

const machine = `${process.platform}-${process.arch === 'arm64' ? 'arm64v8' : 'amd64'}`;

/** Fetches Debezium's JDBC connector 3.6.0 as an unpacked plugin, and PostgreSQL 18 as an archive. */
export function fetchJdbc(): Promise<string> {
  return fetchByMaven({
    name: 'connect-jdbc-3.6.0',
    pom: 'jdbc-pom.xml',
    goal: 'unpack-dependencies',
    options: [`-Dpostgres.machine=${machine}`],
  });
}
