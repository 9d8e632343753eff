import { expect, onTestFinished } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { type RespServer, sendAnswer, startRespServer } from '../support/redis/resp-server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { deliver, withReceiver } from './seen-receiver.ts';
import { type Row, row, writeText } from './trial.ts';

/** The URL contains a password. */
const allowed = { ALLOW_PLAINTEXT: 'true' };

async function startServer(edit: (bytes: string) => string = (bytes) => bytes) {
  const server: RespServer = await startRespServer();
  onTestFinished(() => server.close());
  const commands: string[] = [];
  server.answer = (next) => {
    commands.push(next.args.slice(0, 3).join(' '));
    sendAnswer({ ...next, bytes: edit(next.bytes) });
  };
  return { url: server.url, commands };
}

const isWrite = (command: string) => command.startsWith('XADD');

/** Returns the start of each command that a delivery sends to Redis. */
async function seeCommands(env: Env): Promise<readonly string[]> {
  // One replica also confirms that it has stored the record, even if no replica is required.
  const { url, commands } = await startServer((bytes) => bytes.replace('*2\r\n:1\r\n:0', '*2\r\n:1\r\n:1'));
  await deliver({ REDIS_URL: url, ...env });
  return commands.filter((command) => /^(XADD|WAITAOF)/.test(command));
}

async function chooseServer(toValue: (url: string) => string) {
  const [one, other] = [await startServer(), await startServer()];
  const see = async (env: Env) => {
    await deliver(env);
    return [one, other].map(({ commands }) => commands.filter(isWrite).length);
  };
  return { beside: allowed, from: toValue(one.url), to: toValue(other.url), see, shows: [1, 1] };
}

const written = (command: RegExp) => expect.arrayContaining([expect.stringMatching(command)]);

/** Rows for the receiver's records on Redis, and when they count as stored. */
export const redisRows: readonly Row[] = [
  row('REDIS_URL', () => chooseServer((url) => url)),
  row('REDIS_URL_FILE', () => chooseServer(writeText)),
  row('ALLOW_PLAINTEXT', () => ({ to: 'true', see: seeCommands, shows: written(/^XADD/) }), 'redis'),
  row('REDIS_STREAM', () => ({
    ...{ beside: allowed, to: 'others', see: seeCommands },
    shows: written(/^XADD others /),
  })),
  row('REDIS_STREAM_COUNT', () => ({
    ...{ beside: allowed, to: '3', see: seeCommands },
    shows: written(/^XADD comapi\.events\.[012] /),
  })),
  row('REDIS_REPLICAS', () => ({
    ...{ beside: allowed, to: '1', see: seeCommands, shows: written(/^WAITAOF 1 1$/) },
  })),
  row('REDIS_MEMORY_ONLY', () => {
    const see = async (env: Env) => {
      const { url } = await startServer((bytes) => bytes.replace('aof_enabled:1', 'aof_enabled:0'));
      return withReceiver({ REDIS_URL: url, ...env }, ({ ready, readiness }) =>
        waitUntil(async () => (await ready()) || /has no append-only file/.exec(await readiness())?.[0], {
          ...{ timeoutMs: 20_000, what: 'the server is judged', pollMs: 10 },
        }),
      );
    };
    return { beside: allowed, to: 'true', see, shows: true };
  }),
];
