import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, type onTestFinished, type TestContext, test } from 'vitest';
import { createProgram } from '../../src/commands/create-program.ts';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { appendRecords, toEventRecord } from '../support/append-records.ts';
import { freePorts } from '../support/free-ports.ts';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import { startCommand } from '../support/receiver-process.ts';
import { toApiEnv } from '../support/reconcile-messages.ts';
import { wellReceiver } from '../support/status-reports.ts';
import { testSecret } from '../support/test-receiver.ts';

type Env = Readonly<Record<string, string>>;

/** Names of the columns in the table of docs/commands.md, in the same order. */
const columns = ['away', 'misnamed', 'interrupted', 'closed', 'full'] as const;
type Column = (typeof columns)[number];
type Row = (typeof rows)[number];

const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
const [, table = ''] = page.split('\n## ');
const rows = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) \| (.+) \|$/gm)].flatMap(
  ([, commands = '', cells = '']) =>
    commands
      .replaceAll('`', '')
      .split(', ')
      .flatMap((command) =>
        cells.split(' | ').map((cell, index) => ({ command, column: columns[index] as Column, cell })),
      ),
);

const files = mkdtempSync(join(tmpdir(), 'exit-codes-'));
/** Copies of the journal, one for each command that opens it. */
const runs = mkdtempSync(join(tmpdir(), 'exit-codes-runs-'));
const body = join(files, 'body.json');
writeFileSync(body, '{}');
const journal = { DATA_DIR: files };
const secret = { WEBHOOK_SECRET: testSecret };
const idle = { HTTP_HOST: '127.0.0.1', HTTP_PORT: '0', MANAGEMENT_PORT: '0', ...secret };

let provider: ProviderApiServer;
let answering: HttpServer;
let closedPort = 0;
const portOf = (server: Server | HttpServer) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  provider = await startProviderApiServer();
  // Imitates a receiver that is ready and accepts deliveries.
  answering = createHttpServer((request, response) => {
    response.end(request.method === 'POST' ? '{"accepted":1}' : JSON.stringify(wellReceiver));
  }).listen(0, '127.0.0.1');
  await once(answering, 'listening');
  [closedPort = 0] = await freePorts(1);
  await appendRecords(journal, [toEventRecord('m-1', 1), toEventRecord('m-1', 2)]);
});
afterAll(async () => {
  await provider.close();
  answering.close();
  rmSync(files, { recursive: true });
  rmSync(runs, { recursive: true });
});

const signature = signBody(readFileSync(body), testSecret);

/** Arguments of each command. */
const usual: Readonly<Record<string, readonly string[]>> = {
  check: [],
  filter: [],
  find: ['m-1'],
  forget: ['--yes', 'm-1'],
  receive: [],
  reconcile: ['--messages'],
  register: ['--list-events'],
  replay: ['--dry-run'],
  send: ['--url', 'http://127.0.0.1:PORT/webhook'],
  simulate: ['--url', 'http://127.0.0.1:PORT/webhook', '--count', '2', '--time-scale', '1000000'],
  status: [],
  tail: ['--no-follow'],
  topics: [],
  verify: ['--body', body, '--signature', signature],
};

/** Returns the environment variables that a command needs in addition to the store variables. */
function toEnv(command: string): Env {
  return {
    ...(['reconcile', 'register'].includes(command) ? toApiEnv(provider) : {}),
    ...(['check', 'send', 'simulate', 'verify'].includes(command) ? secret : {}),
    ...(command === 'receive' ? idle : {}),
  };
}

/** Returns the port of the server that a command calls in a given column of the table. */
function portIn(column: Column, hole: Server | undefined): number {
  if (hole !== undefined) {
    return portOf(hole);
  }
  return column === 'away' || column === 'misnamed' ? closedPort : portOf(answering);
}

/**
 * Returns the environment variables that select the server for a command in a given column: a store, or the provider
 * for `register`.
 */
function toServerEnv(command: string, column: Column, port: number, directory: string): Env {
  if (column === 'away' || column === 'interrupted') {
    return command === 'register'
      ? { COMAPI_API_URL: `http://127.0.0.1:${port}` }
      : { KAFKA_BROKERS: `127.0.0.1:${port}` };
  }
  if (column === 'misnamed' && !['check', 'receive'].includes(command)) {
    return { DATA_DIR: '/nowhere' };
  }
  // Each command locks the journal that it opens, so each needs a copy.
  cpSync(files, directory, { recursive: true });
  const misnamed = { KAFKA_BROKR: 'a:1', NODE_ENV: 'production' };
  return { DATA_DIR: directory, ...(column === 'misnamed' && misnamed) };
}

const wrappers: Partial<Record<Column, readonly string[]>> = {
  closed: ['bash', '-c', '"$@" | head -c 0; exit $PIPESTATUS', 'bash'],
  full: ['sh', '-c', 'exec "$@" > /dev/full', 'sh'],
};

async function run(
  command: string,
  column: Column,
  onEnd: typeof onTestFinished,
): Promise<{ readonly code: number | string; readonly stderr: string }> {
  // A server that accepts connections and never responds.
  const hole = column === 'interrupted' ? createServer().listen(0, '127.0.0.1') : undefined;
  onEnd(() => void hole?.close());
  await (hole && once(hole, 'listening'));
  const port = portIn(column, hole);
  const given = (usual[command] ?? []).map((word) => word.replace('PORT', String(port)));
  const isFollowing = command === 'tail' && column === 'interrupted';
  const args = [command, ...given.filter((word) => !isFollowing || word !== '--no-follow')];
  const connected = hole && once(hole, 'connection');
  const managed: Env = command === 'status' ? { MANAGEMENT_PORT: String(port) } : {};
  const directory = join(runs, `${command}-${column}`);
  const env = { ...toEnv(command), ...managed, ...toServerEnv(command, column, port, directory) };
  const process = startCommand(args, env, files, wrappers[column], onEnd);
  if (connected !== undefined) {
    await Promise.race([connected, process.exited]);
    process.child.kill('SIGINT');
  }
  return { code: await process.exited, stderr: process.stderr() };
}

describe('the page of exit codes', () => {
  test('has every command, and every cell is a code, "signal" or "–"', async () => {
    const { stdout, stderr } = process;
    const io = { env: {}, exit: () => {}, signals: process, stdout, stderr };
    const program = await createProgram(io);
    const named = program.commands.map((command) => command.name());
    const listed = rows.filter(({ column }) => column === columns[0]).map(({ command }) => command);
    expect(listed.toSorted()).toEqual(Object.keys(usual).toSorted());
    // The `help` command is not in the table, because it needs no store and changes nothing.
    expect(new Set(named.filter((name) => name !== 'help'))).toEqual(new Set(Object.keys(usual)));
    expect(rows.filter(({ cell }) => !/^([012]|signal|–)$/.test(cell))).toEqual([]);
  });

  const cells = rows.filter(({ cell }) => cell !== '–');
  async function judge(
    { command, column, cell }: Row,
    { onTestFinished: onEnd }: TestContext,
  ): Promise<void> {
    const { code, stderr } = await run(command, column, onEnd);
    expect({ code, stderr }).toEqual({
      code: cell === 'signal' ? 'SIGINT' : Number(cell),
      stderr: expect.anything(),
    });
    expect(stderr).not.toMatch(/^(Error|TypeError|\s+at )/m);
    if (column === 'full') {
      expect(stderr).toMatch(/^error: cannot write to standard output: ENOSPC/m);
    }
  }

  // The tests run concurrently, because the commands mostly wait, for up to 15 s each.
  test.concurrent.for(cells)('$command, $column: $cell', judge);
});
