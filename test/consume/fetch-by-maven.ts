import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../support/tools/cache-directory.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const run = promisify(execFile);

interface MavenSource {
  /** What the cache calls it. */
  readonly name: string;
  /** Beside this file. */
  readonly pom: string;
  readonly goal: 'copy-dependencies' | 'unpack-dependencies';
  readonly options?: readonly string[];
}

/** A directory with what a pom names; fetched once. */
async function fetchByMaven({ name, pom, goal, options = [] }: MavenSource): Promise<string> {
  const target = join(cacheDirectory(), name);
  if (!existsSync(target)) {
    const part = await mkdtemp(`${target}.part-`);
    try {
      await run(await provideTool('mvn'), [
        ...['-q', '-B', '-f', new URL(pom, import.meta.url).pathname, `dependency:${goal}`],
        ...['-DincludeScope=runtime', `-DoutputDirectory=${part}`],
        // Beside the pom by default: what it says was unpacked before would be left out the next time.
        ...[`-DmarkersDirectory=${part}/markers`, ...options],
      ]);
      await rename(part, target);
    } catch (error) {
      // Another test may have fetched the same meanwhile.
      if (!existsSync(target)) {
        throw error;
      }
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
  return target;
}

/** Kafka Connect 4.3.1, which a distribution of Kafka has beside the broker. */
export function fetchConnect(): Promise<string> {
  return fetchByMaven({ name: 'kafka-connect-4.3.1', pom: 'connect-pom.xml', goal: 'copy-dependencies' });
}

const machine = `${process.platform}-${process.arch === 'arm64' ? 'arm64v8' : 'amd64'}`;

/** Debezium's connector 3.6.0 for databases, as a directory of plugins, and PostgreSQL 18 as an archive. */
export function fetchJdbc(): Promise<string> {
  return fetchByMaven({
    name: 'connect-jdbc-3.6.0',
    pom: 'jdbc-pom.xml',
    goal: 'unpack-dependencies',
    options: [`-Dpostgres.machine=${machine}`],
  });
}
