import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

/** An address on which no server listens. */
let gone = 0;
/** A web server that is not a receiver. */
let other = 0;

beforeAll(async () => {
  [gone = 0] = await freePorts(1);
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  other = (server.address() as AddressInfo).port;
  return () => void server.close();
});

interface Place {
  readonly gone: number;
  readonly other: number;
  readonly directory: string;
}

interface Mistake {
  readonly what: string;
  readonly args: (place: Place) => readonly string[];
  readonly env?: (place: Place) => Record<string, string>;
  /** Name of the wrong setting, as the message must contain it. */
  readonly thing: (place: Place) => string;
  /** Advice that the message must contain. */
  readonly next: string;
  readonly code?: number;
}

const receive = () => ['receive'];
const secret = { WEBHOOK_SECRET: testSecret };

/** Common mistakes of operators. Mistakes that need a store are tested with that store. */
const mistakes: readonly Mistake[] = [
  {
    what: 'a mistyped command',
    args: () => ['chekc'],
    thing: () => "unknown command 'chekc'",
    next: 'Did you mean check?',
  },
  {
    what: 'a mistyped option',
    args: () => ['check', '--jsn'],
    thing: () => "unknown option '--jsn'",
    next: 'Did you mean --json?',
  },
  {
    what: 'a mistyped variable, in production',
    args: receive,
    env: () => ({ ...secret, NODE_ENV: 'production', KAFKA_BROKER: 'kafka:9092', DATA_DIR: '/srv' }),
    thing: () => 'KAFKA_BROKER: unknown variable',
    next: 'Did you mean KAFKA_BROKERS?',
  },
  {
    what: 'a port that is taken',
    args: receive,
    env: ({ other: port, directory }) => ({
      ...secret,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: `${port}`,
      MANAGEMENT_PORT: '0',
      DATA_DIR: directory,
    }),
    thing: ({ other: port }) => `HTTP_PORT: port ${port} is used by another process`,
    next: 'set HTTP_PORT to another port',
    code: 1,
  },
  ...(
    [
      ['KAFKA_BROKERS', '', 'check KAFKA_BROKERS'],
      ['RABBITMQ_URL', 'amqp://', 'check RABBITMQ_URL'],
      ['REDIS_URL', 'redis://', 'check REDIS_URL'],
    ] as const
  ).map(
    ([variable, scheme, next]): Mistake => ({
      what: `no server at ${variable}`,
      args: () => ['replay'],
      env: ({ gone: port }) => ({ [variable]: `${scheme}127.0.0.1:${port}` }),
      thing: ({ gone: port }) => `127.0.0.1:${port}`,
      next,
    }),
  ),
  {
    what: 'no journal',
    args: () => ['find', 'm-1'],
    env: () => ({ DATA_DIR: '/nowhere' }),
    thing: () => 'the journal /nowhere/journal does not exist',
    next: 'DATA_DIR to the data directory of the receiver',
  },
  {
    what: 'a registration that is not known',
    args: () => ['replay', '--webhook', 'defualt'],
    env: ({ directory }) => ({ DATA_DIR: directory }),
    thing: () => 'the configuration has no registration named "defualt"',
    next: 'Did you mean "default"?',
  },
];

test.each(mistakes)(
  '$what: the thing and the next step are named',
  async ({ args, env, thing, next, code = 2 }) => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'journal'));
    const place = { gone, other, directory };
    const ended = await runCommand(args(place), env?.(place) ?? {});
    const said = ended.stdout + ended.stderr;
    expect(said).toContain(thing(place));
    expect(said).toContain(next);
    expect(said).not.toMatch(/^\s+at /m);
    expect(ended.code).toBe(code);
  },
);
