import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Gauge, Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Health } from '../../src/observe/health.ts';
import { startManagement } from '../../src/observe/start-management.ts';
import type { StatusReport } from '../../src/observe/status/status-report.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { sendRaw } from '../support/raw-request.ts';
import { wellReceiver } from '../support/status-reports.ts';

/** Opens a connection that is closed when the test ends. */
function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).resume();
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

async function start(report = async (): Promise<StatusReport> => wellReceiver) {
  const log = captureLog();
  const registry = new Registry();
  const management = await startManagement({
    host: '127.0.0.1',
    port: 0,
    health: new Health([], { staysReady: false }),
    report,
    registry,
    clock: createFakeClock(),
    logger: log.logger,
  });
  onTestFinished(() => management.close());
  const url = management.url.replace('localhost', '127.0.0.1');
  return { registry, log, url };
}

describe('the management port', () => {
  test('a new connection is let in while hundreds are open, and the oldest ones go', async () => {
    const { url } = await start();
    const sockets: Socket[] = [];
    // Opens the connections one by one. With many connections at once, a connection without a request is closed after
    // two seconds.
    for (let opened = 0; opened < 520; opened += 1) {
      const socket = open(url);
      sockets.push(socket);
      socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'data');
    }
    await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length).toBe(8);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length).toBe(9);
  });

  test.each(['http://[', 'http://a:99999999/', '*', '//[', '/%zz', 'http://x/other'])(
    'there is nothing at %s, and that is no fault',
    async (target) => {
      const { url, log } = await start();
      const { status } = await sendRaw(url, [`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`]);
      expect(status).toBe(404);
      expect(log.lines).toEqual([]);
    },
  );

  test('a target with a host is answered by its path', async () => {
    const { url } = await start();
    expect((await sendRaw(url, ['GET http://x/livez HTTP/1.1\r\nHost: x\r\n\r\n'])).status).toBe(200);
  });

  test('a slash at the end of a path changes nothing', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/livez/`)).status).toBe(200);
    expect((await fetch(`${url}/status.json/`)).status).toBe(200);
    expect((await fetch(`${url}/other/`)).status).toBe(404);
  });

  test('scrapes that come while one is being made share it', async () => {
    const { registry, url } = await start();
    let collected = 0;
    const release = Promise.withResolvers<void>();
    new Gauge({
      name: 'slow',
      help: 'slow',
      registers: [registry],
      async collect() {
        collected += 1;
        this.set(collected);
        await release.promise;
      },
    }).set(0);
    const scrapes = [1, 2, 3].map(async () => (await fetch(`${url}/metrics`)).text());
    await expect.poll(() => collected).toBe(1);
    await delay(100);
    release.resolve();
    expect(new Set(await Promise.all(scrapes)).size).toBe(1);
    expect(collected).toBe(1);
    const next = await fetch(`${url}/metrics`);
    expect(next.headers.get('content-type')).toBe(registry.contentType);
    expect(await next.text()).toContain('slow 2');
  });

  test('a status that fails is 500 and a line of the log, five a second at most, and then it is there again', async () => {
    let fault: Error | undefined = new Error('a test said so');
    const { log, url } = await start(async () => {
      if (fault !== undefined) {
        throw fault;
      }
      return wellReceiver;
    });
    for (let asked = 0; asked < 7; asked += 1) {
      expect((await fetch(`${url}/status.json`)).status).toBe(500);
    }
    const line = { level: 'error', msg: 'request to the management port failed' };
    expect(log.lines).toMatchObject(Array.from({ length: 5 }, () => line));
    fault = undefined;
    expect((await fetch(`${url}/status.json`)).status).toBe(200);
  });

  test('a metric that fails is one line of the log, and 500', async () => {
    const { registry, log, url } = await start();
    const standardError: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text: string | Uint8Array) => standardError.push(String(text)) > 0;
    onTestFinished(() => {
      process.stderr.write = write;
    });
    registry.registerMetric(
      new Gauge({
        name: 'broken',
        help: 'broken',
        registers: [],
        collect() {
          throw new Error('a test said so');
        },
      }),
    );
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    expect(log.lines).toMatchObject([{ level: 'error', msg: 'request to the management port failed' }]);
    expect(standardError).toEqual([]);
  });
});
