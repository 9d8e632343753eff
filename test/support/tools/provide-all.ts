import { fetchKafka, isKafkaFetched } from '../kafka/fetch-kafka.ts';
import { isDebian } from './provide-from-debian.ts';
import { provideTool, toInstallHint } from './provide-tool.ts';
import type { Tool } from './tool-table.ts';

const tools: readonly Tool[] = ['java', 'kcat', 'openssl', 'promtool', 'chromium'];

/**
 * Before the tests, so that none spends its own time on a download. What is not to be had is said here, in one line,
 * and fails the tests that need it: nothing is skipped.
 */
export async function setup(): Promise<void> {
  const missing: Tool[] = [];
  for (const tool of isKafkaFetched() ? tools : [...tools, 'mvn' as const]) {
    try {
      await provideTool(tool);
    } catch (error) {
      missing.push(tool);
      if (isDebian()) {
        say(String(error));
      }
    }
  }
  if (missing.length > 0) {
    say(`Tests that need ${missing.join(', ')} will fail. ${toInstallHint(missing)}`);
  } else {
    await fetchKafka().catch((error: unknown) => say(`Tests that need Kafka will fail. ${String(error)}`));
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
