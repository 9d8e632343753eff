import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
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
    const socket = connect({ host: '127.0.0.1', port: spec.port });
    const began = performance.now();
    opened += 1;
    open.add(socket);
    let drip: NodeJS.Timeout | undefined;
    socket.once('connect', () => {
      socket.write(spec.opening);
      if (spec.drip !== undefined) {
        drip = setInterval(() => {
          // A client that never reads must not be bounded by its own memory.
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
          setTimeout(() => {
            if (!isOver) {
              add();
            }
          }, comeBackMs);
        }
      }
    });
  }

  const end = performance.now() + spec.durationMs;
  while (opened < spec.count) {
    for (let some = 0; some < 100 && opened < spec.count; some += 1) {
      add();
    }
    await delay(10);
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
