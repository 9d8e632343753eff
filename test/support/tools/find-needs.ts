import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Tool, toolTable } from './tool-table.ts';

export interface Needs {
  readonly tools: readonly Tool[];
  /** Whether the tests need Apache Kafka and a Java runtime. */
  readonly kafka: boolean;
}

const own = new URL('../..', import.meta.url).pathname;
/** Modules that download Kafka, or that request the Kafka of the global setup. */
const kafkaFiles = ['support/kafka/fetch-kafka.ts', 'support/kafka-brokers.ts'].map((file) =>
  resolve(own, file),
);

/**
 * Finds the tools that test files need. A test needs a tool if the test file, or a file in `test` that it imports,
 * calls `provideTool` with the name of the tool.
 */
export function findNeeds(testFiles: readonly string[]): Needs {
  const files = new Set(testFiles);
  const tools = new Set<Tool>();
  for (const file of files) {
    const code = readFileSync(file, 'utf8');
    for (const [, path = ''] of code.matchAll(/\bfrom '(\.[^']+\.ts)'/g)) {
      const imported = resolve(file, '..', path);
      // The match may be in source text that the test writes to another file, so the imported file may not exist.
      if (imported.startsWith(own) && existsSync(imported)) {
        files.add(imported);
      }
    }
    for (const [, name = ''] of code.matchAll(/\bprovideTool\('([\w-]+)'\)/g)) {
      if (isTool(name) && !kafkaFiles.includes(file)) {
        tools.add(name);
      }
    }
  }
  return { tools: [...tools].toSorted(), kafka: kafkaFiles.some((file) => files.has(file)) };
}

function isTool(name: string): name is Tool {
  return Object.hasOwn(toolTable, name);
}
