// What the things cost that strangers can have many of: docs/decisions/020-clients-that-mean-no-good.md.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { Command } from 'commander';
import { createIntegerParser } from '../../../src/commands/option-parsers.ts';
import { freePorts } from '../../support/free-ports.ts';
import { guardProcess } from '../../support/guard-process.ts';
import { readImageNodeOptions } from '../../support/image-node-options.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { createMemoryLimit } from '../../support/memory-limit.ts';
import { residentMib } from '../../support/process-counters.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { type Cost, costs } from './costs.ts';
import { measureRecord } from './measure-records.ts';

const parseMib = createIntegerParser(128, 1_000_000);
const { memory } = new Command('npm run bench:costs --')
  .description('Memory of a receiver for each connection, chunk and unread answer. Needs root.')
  .option('--memory <n>', 'the receiver has n MiB, as in a container', parseMib, 512)
  .parse()
  .opts<{ memory: number }>();

const cli = new URL('../../../src/cli.ts', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-costs-'));
const enter = createMemoryLimit(memory);
const certificates = await createTestCertificates(directory);

async function startReceiver(withTls: boolean) {
  const [http = 0, management = 0] = await freePorts(2);
  const [command, ...args] = [...enter, process.execPath, ...readImageNodeOptions(), cli, 'receive'];
  const child = spawn(command, args, {
    env: {
      PATH: process.env.PATH,
      ...{ NODE_ENV: 'production', HTTP_HOST: '127.0.0.1', LOG_LEVEL: 'error', SHUTDOWN_DELAY_MS: '0' },
      ...{ HTTP_PORT: String(http), MANAGEMENT_PORT: String(management) },
      WEBHOOK_SECRET: 'a-secret-of-the-costs-bench-40-characters',
      DATA_DIR: mkdtempSync(join(directory, 'data-')),
      ...(withTls && {
        TLS_CERT_FILE: certificates.serverCertFile,
        TLS_KEY_FILE: certificates.serverKeyFile,
      }),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  guardProcess(child);
  const ready = () => fetch(`http://127.0.0.1:${management}/readyz`).then(({ ok }) => ok);
  await waitUntil(ready, { timeoutMs: 60_000, what: 'the receiver is ready' });
  return { child, port: http, resident: () => residentMib(child.pid as number) };
}

function open(port: number, { tls, begins = tls, text }: Cost, neverReads: boolean): Promise<Socket> {
  const socket = begins
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect(port, '127.0.0.1');
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.once('close', () => resolve(socket));
    socket.once(begins ? 'secureConnect' : 'connect', () => {
      socket.write(text, () => resolve(socket));
      if (neverReads) {
        socket.pause();
      } else {
        socket.resume();
      }
    });
  });
}

/** Kibibytes of each, over those of a receiver that has seen some of them come and go. */
async function measure(cost: Cost): Promise<string> {
  const receiver = await startReceiver(cost.tls);
  const openSome = async (count: number) => {
    const sockets: Socket[] = [];
    while (sockets.length < count) {
      const some = Array.from({ length: Math.min(100, count - sockets.length) }, () =>
        open(receiver.port, cost, cost.neverReads),
      );
      sockets.push(...(await Promise.all(some)));
    }
    return sockets;
  };
  for (const socket of await openSome(Math.min(cost.count, 200))) {
    socket.destroy();
  }
  await delay(2_000);
  const before = receiver.resident();
  const sockets = await openSome(cost.count);
  await delay(500);
  const openCount = sockets.filter(({ destroyed }) => !destroyed).length;
  if (openCount === 0) {
    receiver.child.kill('SIGKILL');
    return `| ${cost.name} | 0 | is refused |\n`;
  }
  const each = ((receiver.resident() - before) * 1024) / (openCount * cost.each);
  for (const socket of sockets) {
    socket.destroy();
  }
  receiver.child.kill('SIGKILL');
  return `| ${cost.name} | ${openCount * cost.each} | ${each < 1 ? `${(each * 1024).toFixed(0)} B` : `${each.toFixed(1)} KiB`} |\n`;
}

process.stdout.write('| what | open | resident memory for each |\n| --- | --- | --- |\n');
try {
  for (const cost of costs) {
    process.stdout.write(await measure(cost));
  }
  for (const [name, element] of [
    ['the record of an event of 32 bytes, of 10,000 in a body', '{"payload":{"messageId":"abcdef"}}'],
    ['the dead letter of an element of one byte, of 10,000 in a body', '1'],
  ] as const) {
    const { queued, line } = measureRecord(
      Array.from({ length: 10_000 }, () => element),
      5,
    );
    process.stdout.write(`| ${name} | 50000 | ${queued.toFixed(0)} B, its line ${line} B |\n`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exit();
