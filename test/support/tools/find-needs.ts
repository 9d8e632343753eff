import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Tool, toolTable } from './tool-table.ts';

export interface Needs {
  readonly tools: readonly Tool[];
  /** An Apache Kafka, and the Java that runs it. */
  readonly kafka: boolean;
}

const own = new URL('../..', import.meta.url).pathname;
/** Files that download Kafka, or that request the Kafka of the global setup. */
const kafkaFiles = ['support/kafka/fetch-kafka.ts', 'support/kafka-brokers.ts'].map((file) =>
  resolve(own, file),
);

/**
 * Finds the tools that test files need. A needed tool is requested by name from `provideTool`, either in the test file
 * or in a file in `test` that it imports.
 */
export function findNeeds(testFiles: readonly string[]): Needs {
  const files = new Set(testFiles);
  const tools = new Set<Tool>();
  for (const file of files) {
    const code = readFileSync(file, 'utf8');
    for (const [, path = ''] of code.matchAll(/\bfrom '(\.[^']+\.ts)'/g)) {
      const imported = resolve(file, '..', path);
      // A test may contain the source text of a file that it writes.
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
