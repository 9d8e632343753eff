import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireTool } from './require-tool.ts';

const run = promisify(execFile);
const pomFile = new URL('pom.xml', import.meta.url).pathname;

/** Directory with the jars of Apache Kafka 4.3.1: from the cache, or got by Maven the first time. */
export async function fetchKafka(): Promise<string> {
  requireTool('java');
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'comapi-webhook-receiver');
  const target = join(cache, 'kafka-4.3.1');
  if (!existsSync(target)) {
    requireTool('mvn');
    await mkdir(cache, { recursive: true });
    await download(await mkdtemp(join(cache, 'kafka-4.3.1.part-')), target);
  }
  return join(target, 'libs');
}

/** The rename is the commit: a cut download leaves no half-filled cache, and two at once do not mix. */
async function download(part: string, target: string): Promise<void> {
  try {
    await run('mvn', [
      ...['-q', '-B', '-f', pomFile, 'dependency:copy-dependencies'],
      ...['-DincludeScope=runtime', `-DoutputDirectory=${join(part, 'libs')}`],
    ]);
    await rename(part, target);
  } catch (error) {
    if (!existsSync(target)) {
      throw new Error('Maven could not fetch Apache Kafka 4.3.1 for the tests; its own words follow.', {
        cause: error,
      });
    }
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}
