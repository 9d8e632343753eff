import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { SlowClientsReport, SlowClientsSpec } from './slow-clients.ts';

const comeBackMs = 1_000;

async function run(spec: SlowClientsSpec): Promise<SlowClientsReport> {
  const open = new Set<Socket>();
  const statuses: Record<string, number> = {};
  let opened = 0;
  let endedByServer = 0;
  let longestMs = 0;
  let isOver = false;

  function add(): void {
    const address = { host: '127.0.0.1', port: spec.port };
    const socket =
      spec.tls === true ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address);
    const began = performance.now();
    opened += 1;
    open.add(socket);
    let drip: NodeJS.Timeout | undefined;
    socket.once(spec.tls === true ? 'secureConnect' : 'connect', () => {
      socket.write(spec.opening.repeat(spec.times ?? 1) + 'x'.repeat(spec.padBytes ?? 0));
      if (spec.drip !== undefined) {
        drip = setInterval(() => {
          // Data that the server does not read stays in the client's memory, so the client stops writing at this limit.
          if (socket.writableLength < 1_000_000) {
            socket.write(spec.drip ?? '');
          }
        }, spec.dripMs ?? 200);
      }
    });
    if (spec.neverReads === true) {
      socket.pause();
    } else {
      socket.on('data', (chunk) => {
        const status = /^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1'))?.[1];
        if (status !== undefined) {
          statuses[status] = (statuses[status] ?? 0) + 1;
        }
        if (spec.asksAgain === true) {
          socket.write(spec.opening);
        }
      });
    }
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearInterval(drip);
      open.delete(socket);
      if (!isOver) {
        endedByServer += 1;
        longestMs = Math.max(longestMs, performance.now() - began);
        if (spec.comesBack === true) {
          const restMs = (spec.leastLifeMs ?? 0) - (performance.now() - began);
          setTimeout(
            () => {
              if (!isOver) {
                add();
              }
            },
            Math.max(comeBackMs, restMs),
          );
        }
      }
    });
  }

  const end = performance.now() + spec.durationMs;
  while (opened < spec.count) {
    for (let some = 0; some < 100 && opened < spec.count; some += 1) {
      add();
    }
    await delay(spec.hundredEachMs ?? 10);
  }
  await delay(Math.max(0, end - performance.now()));
  isOver = true;
  const report = { opened, endedByServer, openAtEnd: open.size, longestMs, statuses };
  for (const socket of open) {
    socket.destroy();
  }
  return report;
}

const report = await run(JSON.parse(process.argv[2] ?? '') as SlowClientsSpec);
process.stdout.write(JSON.stringify(report), () => process.exit(0));
