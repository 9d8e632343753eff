import { fetchKafka } from '../kafka/fetch-kafka.ts';
import { provideTool } from './provide-tool.ts';

const tools = ['java', 'kcat', 'openssl', 'promtool', 'chromium'] as const;

/**
 * Before the tests, so that none spends its own time on a download. What is not to be had is said here, in one line
 * each, and fails the tests that need it: nothing is skipped.
 */
export async function setup(): Promise<void> {
  for (const provide of [...tools.map((tool) => () => provideTool(tool)), fetchKafka]) {
    try {
      await provide();
    } catch (error) {
      process.stderr.write(`${toLine(error)} The tests that need it will fail.\n`);
    }
  }
}

function toLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
