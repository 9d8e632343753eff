import type { TestProject } from 'vitest/node';
import { archiveClasses } from '../kafka/archive-classes.ts';
import { isKafkaFetched } from '../kafka/fetch-kafka.ts';
import { findNeeds } from './find-needs.ts';
import { isDebian } from './provide-from-debian.ts';
import { provideTool, toInstallHint } from './provide-tool.ts';
import type { Tool } from './tool-table.ts';

/**
 * Global setup that provides the tools of the selected tests before they run, so that no test waits for a download. It
 * reports all unavailable tools in one line. Tests that need such a tool fail and are never skipped.
 */
export async function setup({ vitest }: TestProject): Promise<void> {
  const { tools, kafka } = findNeeds(vitest.state.getPaths());
  const ofKafka: Tool[] = isKafkaFetched() ? ['java'] : ['java', 'mvn'];
  const missing: Tool[] = [];
  for (const tool of kafka ? [...ofKafka, ...tools] : tools) {
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
  }
  if (kafka && !missing.some((tool) => ofKafka.includes(tool))) {
    await archiveClasses().catch((error: unknown) =>
      say(`Tests that need Kafka will fail. ${String(error)}`),
    );
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
