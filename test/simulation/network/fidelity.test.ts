import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { inVirtualTime } from '../../support/in-virtual-time.ts';

type Side = 'client' | 'server';
type Step = readonly [side: Side, action: 'write' | 'end' | 'destroy' | 'destroySoon' | 'reset' | 'break'];

/** Records the events at both ends of a connection. */
type Heard = Readonly<Record<Side, readonly string[]>>;

interface Wire {
  heard(): Heard;
  act(step: Step): void;
}

const scripts: Readonly<Record<string, readonly Step[]>> = {
  'both talk, and end': [
    ['client', 'write'],
    ['server', 'write'],
    ['client', 'write'],
    ['client', 'end'],
    ['server', 'end'],
  ],
  'the client ends at once': [['client', 'end']],
  'the server ends at once': [['server', 'end']],
  'who is sent the end still talks': [
    ['client', 'end'],
    ['server', 'write'],
    ['server', 'write'],
    ['server', 'end'],
  ],
  'who has ended is still sent something': [
    ['server', 'end'],
    ['client', 'write'],
  ],
  'the client goes': [['client', 'destroy']],
  'the server goes': [
    ['client', 'write'],
    ['server', 'destroy'],
  ],
  'the client goes once all is written': [
    ['client', 'write'],
    ['client', 'destroySoon'],
  ],
  'the client resets': [
    ['client', 'write'],
    ['client', 'reset'],
  ],
  'the server resets': [
    ['client', 'write'],
    ['server', 'reset'],
  ],
  'the server resets who is ending': [
    ['client', 'end'],
    ['server', 'reset'],
  ],
  'the client breaks': [['client', 'break']],
};

/** Opens both ends of a connection on the given network. */
async function open(allowHalfOpen: boolean): Promise<Wire> {
  const server = createServer({ allowHalfOpen });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const heard = { client: listen(client), server: [] as string[] };
  client.write('before it stands ', (error) => heard.client.push(`written: ${codeOf(error)}`));
  const [socket] = (await accepted) as [Socket];
  heard.server = listen(socket);
  server.close();
  const sockets = { client, server: socket };
  return {
    heard: () => heard,
    act([side, action]) {
      const acting = sockets[side];
      const actions = {
        write: () =>
          void acting.write(`of the ${side} `, (error) => heard[side].push(`written: ${codeOf(error)}`)),
        end: () => void acting.end('at last '),
        destroy: () => void acting.destroy(),
        destroySoon: () => acting.destroySoon(),
        reset: () => void acting.resetAndDestroy(),
        break: () => void acting.destroy(Object.assign(new Error('broken'), { code: 'BROKEN' })),
      };
      actions[action]();
    },
  };
}

const codeOf = (error: NodeJS.ErrnoException | null | undefined) =>
  // Writing after both sides have ended is an EPIPE error, for which node:net uses a code of its own.
  error ? String(error.code).replace('ERR_STREAM_WRITE_AFTER_END', 'EPIPE') : 'all';

/**
 * Records the received data and events. Adjacent pieces of text are joined, because the sizes of the pieces may differ.
 */
function listen(socket: Socket): string[] {
  const heard: string[] = [];
  socket.on('data', (chunk: Buffer) => {
    const last = heard.at(-1);
    const begun = last?.startsWith('text: ') ? heard.pop() : 'text: ';
    heard.push(begun + chunk.toString());
  });
  socket.on('end', () => heard.push('end'));
  socket.on('error', (error: NodeJS.ErrnoException) => heard.push(`error: ${codeOf(error)}`));
  socket.on('close', (hadError) =>
    heard.push(`close${hadError ? ' with an error' : ''}, ${socket.bytesRead} read`),
  );
  return heard;
}

/** Runs the given steps. @returns the events after each step */
async function runScript(
  script: readonly Step[],
  allowHalfOpen: boolean,
  settle: (heard: () => Heard, step: number) => Promise<unknown>,
): Promise<Heard[]> {
  const wire = await open(allowHalfOpen);
  const after: Heard[] = [];
  for (let step = 0; step <= script.length; step += 1) {
    const next = script[step - 1];
    if (next !== undefined) {
      wire.act(next);
    }
    await settle(wire.heard, step);
    after.push(structuredClone(wire.heard()));
  }
  return after;
}

test.each(Object.keys(scripts).flatMap((name) => [true, false].map((half) => [name, half] as const)))(
  'when %s, both sides hear the same as over sockets of this machine (half-open servers: %s)',
  async (name, half) => {
    const script = scripts[name] ?? [];
    const simulated = await inVirtualTime(() => runScript(script, half, () => delay(50)));
    const real = await runScript(script, half, (heard, step) => expect.poll(heard).toEqual(simulated[step]));
    expect(real).toEqual(simulated);
  },
);

/** Address on which no server listens. */
async function refuse(): Promise<readonly string[]> {
  const client = connect({ host: '127.0.0.1', port: 1 });
  onTestFinished(() => void client.destroy());
  const heard = listen(client);
  client.write('lost', (error) => heard.push(`written: ${codeOf(error)}`));
  client.write('lost too', (error) => heard.push(`written: ${codeOf(error)}`));
  await new Promise((resolve) => void client.on('close', resolve));
  await delay(10);
  return heard;
}

test('where nobody listens, a client hears the same', async () => {
  expect(await inVirtualTime(refuse)).toEqual(await refuse());
});
