// What a flood of forged deliveries costs, beside signed ones: this checkout and another one, in turn.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { createRawHttpClient, type RawHttpClient } from '../faults/abuse/raw-http-client.ts';
import { freePorts } from '../support/free-ports.ts';
import { guardProcess } from '../support/guard-process.ts';
import { cpuSeconds, residentMib } from '../support/process-counters.ts';
import { waitUntil } from '../support/wait-until.ts';
import { parseCount } from './option-parsers.ts';

const options = new Command('npm run bench:forged --')
  .description('CPU time and memory of the receiver while nine of ten deliveries are forged.')
  .requiredOption('--other <directory>', 'another checkout, with its node_modules')
  .option('--rounds <n>', 'in turn; the first one only warms up', parseCount, 6)
  .option('--requests <n>', 'of each round', parseCount, 10_000)
  .parse()
  .opts<{ other: string; rounds: number; requests: number }>();

const secret = 'a-secret-of-the-forged-deliveries-bench';
const connections = 32;
const body = Buffer.from(
  `{"eventId":"e","name":"message.sent","payload":{"messageId":"m","text":"${'x'.repeat(700)}"}}`,
);
const toRequest = (signature: string) =>
  `POST /webhook HTTP/1.1\r\nHost: bench\r\nX-Comapi-Signature: ${signature}\r\nContent-Length: ${body.length}\r\n\r\n${body.toString()}`;
const requests = [
  toRequest(signBody(body, secret)),
  ...Array.from({ length: 9 }, () => toRequest('0'.repeat(40))),
];

interface Measured {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly cpuUs: number[];
  /** Signed deliveries in all rounds. */
  taken: number;
  stop(): void;
}

async function start(name: string, checkout: string, directory: string): Promise<Measured> {
  const [port = 0, management = 0] = await freePorts(2);
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=16', join(checkout, 'src/comapi-webhook.mjs'), 'receive'],
    {
      env: {
        ...{ PATH: process.env.PATH, HTTP_HOST: '127.0.0.1', HTTP_PORT: String(port) },
        ...{ MANAGEMENT_PORT: String(management), DATA_DIR: join(directory, name), WEBHOOK_SECRET: secret },
      },
      stdio: 'ignore',
    },
  );
  guardProcess(child);
  const ready = () => fetch(`http://127.0.0.1:${management}/readyz`).then(({ ok }) => ok);
  await waitUntil(ready, { timeoutMs: 180_000, what: `${name} is ready` });
  return { name, pid: child.pid ?? 0, port, cpuUs: [], taken: 0, stop: () => void child.kill('SIGKILL') };
}

/** One request under way on each connection. @returns how many of the signed ones were taken */
async function send(port: number): Promise<number> {
  let sent = 0;
  let taken = 0;
  const run = async (client: RawHttpClient): Promise<void> => {
    while (sent < options.requests) {
      const index = sent % requests.length;
      sent += 1;
      const status = await new Promise((resolve) => client.send(requests[index] ?? '', resolve));
      taken += status === 200 ? 1 : 0;
    }
    client.close();
  };
  await Promise.all(Array.from({ length: connections }, () => run(createRawHttpClient(port))));
  return taken;
}

const directory = mkdtempSync(join(tmpdir(), 'bench-forged-'));
const here = new URL('../..', import.meta.url).pathname;
const measured = [await start('this', here, directory), await start('other', options.other, directory)];
try {
  for (let round = 0; round < options.rounds; round += 1) {
    for (const each of measured) {
      const { pid, port, cpuUs } = each;
      const before = cpuSeconds(pid);
      each.taken += await send(port);
      cpuUs.push(((cpuSeconds(pid) - before) * 1e6) / options.requests);
    }
  }
  process.stdout.write('checkout,CPU µs a delivery in each round,MiB at the end,signed deliveries taken\n');
  for (const { name, pid, cpuUs, taken } of measured) {
    const rounds = cpuUs.slice(1).map((us) => us.toFixed(1));
    process.stdout.write(`${name},${rounds.join(' ')},${residentMib(pid).toFixed(0)},${taken}\n`);
  }
} finally {
  for (const { stop } of measured) {
    stop();
  }
  rmSync(directory, { recursive: true });
}
