import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/test-receiver.ts';

const project = new URL('../..', import.meta.url).pathname;

/** A copy of what the checks read, so that a fault can be planted. */
function copyProject(): string {
  const copy = temporaryDirectory();
  for (const name of [
    'src',
    'test',
    'charts',
    'package.json',
    'tsconfig.json',
    'biome.json',
    '.oxlintrc.json',
    '.gitignore',
  ]) {
    cpSync(join(project, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  mkdirSync(join(copy, '.git'));
  return copy;
}

function runCheck(directory: string, script: string) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

const planted = [
  {
    fault: 'a wrong type',
    script: 'check:types',
    file: 'src/http/planted.ts',
    code: "export const port: number = 'x';\n",
  },
  {
    fault: 'a format that is not ours',
    script: 'check:format',
    file: 'src/http/planted.ts',
    code: 'export const port=1\n',
  },
  {
    fault: 'kafkajs outside src/kafka',
    script: 'check:format',
    file: 'src/http/planted.ts',
    code: "import { Kafka } from 'kafkajs';\n\nexport const kafka = new Kafka({ brokers: [] });\n",
  },
  {
    fault: 'the HTTP layer in the core',
    script: 'check:format',
    file: 'src/webhook/planted.ts',
    code: "import { refusalStatus } from '../http/refusal-status.ts';\n\nexport const status = refusalStatus.too_large;\n",
  },
  {
    fault: 'a room that imports from a room above it',
    script: 'check:format',
    file: 'src/runtime/planted.ts',
    code: "import { refusalStatus } from '../http/refusal-status.ts';\n\nexport const status = refusalStatus.too_large;\n",
  },
  {
    fault: 'a type from a room above',
    script: 'check:format',
    file: 'src/sink/planted.ts',
    code: "import type { ClusterView } from '../kafka/cluster/cluster-view.ts';\n\nexport type View = ClusterView;\n",
  },
  {
    fault: 'the sockets that know the provider',
    script: 'check:format',
    file: 'src/http/server/planted.ts',
    code: "import { refusalStatus } from '../refusal-status.ts';\n\nexport const status = refusalStatus.too_large;\n",
  },
  {
    fault: 'a floor of Kafka that imports from one above it',
    script: 'check:format',
    file: 'src/kafka/wire/planted.ts',
    code: "import type { BrokerConnection } from '../cluster/broker-connection.ts';\n\nexport type Link = BrokerConnection;\n",
  },
  {
    fault: 'a store that knows another',
    script: 'check:format',
    file: 'src/kafka/produce/planted.ts',
    code: "import { readJournal } from '../../journal/read-journal.ts';\n\nexport const read = readJournal;\n",
  },
  {
    fault: 'a store that knows another, in Redis',
    script: 'check:format',
    file: 'src/redis/planted.ts',
    code: "import { readJournal } from '../journal/read-journal.ts';\n\nexport const read = readJournal;\n",
  },
  {
    fault: 'a client library of Redis',
    script: 'check:format',
    file: 'src/redis/planted.ts',
    code: "import { createClient } from '@redis/client';\n\nexport const client = createClient();\n",
  },
  {
    fault: 'a store that knows another, in RabbitMQ',
    script: 'check:format',
    file: 'src/rabbitmq/planted.ts',
    code: "import { createRedisSink } from '../redis/redis-sink.ts';\n\nexport const create = createRedisSink;\n",
  },
  {
    fault: 'the client of RabbitMQ outside src/rabbitmq',
    script: 'check:format',
    file: 'src/store/planted.ts',
    code: "import { connect } from 'amqplib';\n\nexport const open = connect;\n",
  },
  {
    fault: 'a spool that knows which store it stands before',
    script: 'check:format',
    file: 'src/spool/planted.ts',
    code: "import { createKafkaSink } from '../kafka/produce/kafka-sink.ts';\n\nexport const create = createKafkaSink;\n",
  },
  {
    fault: 'a command that does not ask src/store',
    script: 'check:format',
    file: 'src/commands/planted.ts',
    code: "import { readJournal } from '../journal/read-journal.ts';\n\nexport const read = readJournal;\n",
  },
  {
    fault: 'a check that asks src/store',
    script: 'check:format',
    file: 'src/checks/planted.ts',
    code: "import { openStore } from '../store/open-store.ts';\n\nexport const open = openStore;\n",
  },
  {
    fault: 'an import cycle',
    script: 'check:format',
    file: 'src/http/planted.ts',
    code: "import { other } from './planted-other.ts';\n\nexport const one = () => other;\n",
    more: {
      'src/http/planted-other.ts': "import { one } from './planted.ts';\n\nexport const other = () => one;\n",
    },
  },
  {
    fault: 'a read of the environment outside the entry file',
    script: 'check:format',
    file: 'src/http/planted.ts',
    code: 'export const port = process.env.PORT;\n',
  },
  {
    fault: 'a duration by the clock that somebody may set',
    script: 'check:format',
    file: 'src/http/planted.ts',
    code: 'export const tookMs = (from: number) => Date.now() - from;\n',
  },
  {
    fault: 'the present date without a clock that a test can set',
    script: 'check:format',
    file: 'src/http/planted.ts',
    code: 'export const year = () => new Date().getFullYear();\n',
  },
  {
    fault: 'a promise that nobody waits for',
    script: 'check:lint',
    file: 'src/http/planted.ts',
    code: 'async function work(): Promise<void> {}\n\nexport function start(): void {\n  work();\n}\n',
  },
  {
    fault: 'a file that nothing uses',
    script: 'check:unused',
    file: 'src/http/planted.ts',
    code: 'export const port = 1;\n',
  },
] as const;

describe('npm run check', () => {
  test.each(planted)('finds $fault', (row) => {
    const copy = copyProject();
    writeFileSync(join(copy, row.file), row.code);
    for (const [file, code] of Object.entries('more' in row ? row.more : {})) {
      writeFileSync(join(copy, file), code);
    }
    const { status, output } = runCheck(copy, row.script);
    expect(output).toContain('planted');
    expect(status).not.toBe(0);
  });
});
