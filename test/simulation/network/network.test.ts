import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningWorld, startWorld } from '../world/world.ts';
import { createNetwork, type Network } from './network.ts';
import { replaceNet } from './replace-net.ts';
import type { SimulatedSocket } from './simulated-socket.ts';

const address = { host: 'server', port: 1_000 };
const name = 'server:1000';

describe('the network', () => {
  let world: RunningWorld;
  let network: Network;
  let replaced: Disposable;

  beforeEach(() => {
    world = startWorld(5);
    network = createNetwork(world);
    replaced = replaceNet(world, network);
  });

  afterEach(() => {
    replaced[Symbol.dispose]();
    world[Symbol.dispose]();
  });

  /** Starts an echo server. */
  function listen(): void {
    network.listen(name, (socket) => socket.pipe(socket));
  }

  function open() {
    const socket = connect(address);
    const seen = { text: '', events: [] as string[] };
    socket.on('data', (chunk: Buffer) => {
      seen.text += chunk.toString('latin1');
    });
    for (const event of ['connect', 'end', 'close'] as const) {
      socket.on(event, () => seen.events.push(event));
    }
    socket.on('error', (error: NodeJS.ErrnoException) => seen.events.push(String(error.code)));
    return { socket, seen };
  }

  test('holds everything back while it is frozen, new connections too, and keeps the order', async () => {
    listen();
    const { socket, seen } = open();
    await world.runFor(100);
    network.link(name).freeze();
    socket.write('one ');
    socket.write('two ');
    const late = open();
    await world.runFor(5_000);
    socket.write('three');
    expect([seen.text, late.seen.events]).toEqual(['', []]);
    network.link(name).thaw();
    await world.runFor(5_000);
    expect([seen.text, late.seen.events]).toEqual(['one two three', ['connect']]);
  });

  test.for([
    ['reset', ['connect', 'ECONNRESET', 'close']],
    ['end', ['connect', 'end', 'close']],
    ['silence', ['connect']],
  ] as const)('cuts connections by %s', async ([kind, events]) => {
    listen();
    const { socket, seen } = open();
    await world.runFor(100);
    expect(network.link(name).connectionCount).toBe(1);
    network.link(name).cut(kind);
    socket.write('lost');
    await world.runFor(1_000);
    expect(seen).toEqual({ text: '', events });
    expect(network.link(name).connectionCount).toBe(0);
  });

  test('cuts a connection after a number of bytes', async () => {
    listen();
    const { socket, seen } = open();
    await world.runFor(100);
    // The link transfers 15 bytes: all ten bytes to the server, and five of the ten returned bytes.
    network.link(name).cutAfter(15);
    socket.write('0123456789');
    await world.runFor(100);
    expect(seen).toEqual({ text: '01234', events: ['connect', 'ECONNRESET', 'close'] });
  });

  test('cuts no connection after the cut was called off', async () => {
    listen();
    const { socket, seen } = open();
    await world.runFor(100);
    network.link(name).cutAfter(15);
    network.link(name).cutAfter(undefined);
    socket.write('0123456789');
    await world.runFor(100);
    expect(seen).toEqual({ text: '0123456789', events: ['connect'] });
  });

  test('slows each piece down', async () => {
    listen();
    const { socket, seen } = open();
    await world.runFor(100);
    network.link(name).slow(2_000);
    socket.write('slow');
    await world.runFor(3_990);
    expect(seen.text).toBe('');
    await world.runFor(100);
    expect(seen.text).toBe('slow');
  });

  test('holds a sender up whose peer does not read', async () => {
    const accepted: SimulatedSocket[] = [];
    network.listen(name, (socket) => accepted.push(socket));
    const { socket } = open();
    await world.runFor(100);
    let written = 0;
    for (let index = 0; index < 100; index += 1) {
      socket.write(Buffer.alloc(10_000), () => {
        written += 1;
      });
    }
    await world.runFor(1_000);
    expect(written).toBeLessThan(60);
    let read = 0;
    accepted[0]?.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    await world.runFor(1_000);
    expect([written, read]).toEqual([100, 1_000_000]);
  });

  test('tells a peer that a process has ended', async () => {
    const process = world.processes.start('server');
    process.run(() => {
      const server = createServer((_request, response) => response.end('hello'));
      server.listen({ port: 1_000 });
    });
    await world.runFor(10);
    const { seen } = open();
    await world.runFor(100);
    process.end();
    await world.runFor(100);
    expect(seen.events.at(-1)).toBe('close');
    const again = open();
    await world.runFor(100);
    expect(again.seen.events).toEqual(['ECONNREFUSED', 'close']);
  });

  test('lets an HTTP server close what is idle in the order of its arrival', async () => {
    const [server, ended] = [createServer((_request, response) => response.end()), [] as string[]];
    server.on('connection', (socket) =>
      socket.on('close', () => ended.push(`${ended.length} ${socket.bytesRead}`)),
    );
    world.processes.start('server').run(() => server.listen({ port: 1_000 }));
    await world.runFor(10);
    for (let index = 0; index < 40; index += 1) {
      network.connect(address).write(`GET /${'x'.repeat(index)} HTTP/1.1\r\nHost: server\r\n\r\n`);
      await world.runFor(10);
    }
    server.closeIdleConnections();
    await world.runFor(10);
    expect(ended).toEqual(Array.from({ length: 40 }, (_, index) => `${index} ${index + 32}`));
  });
});
