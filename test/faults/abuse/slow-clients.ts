import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface SlowClientsSpec {
  readonly port: number;
  readonly count: number;
  readonly durationMs: number;
  /** Written once the connection is up. */
  readonly opening: string;
  /** Written again and again afterwards. */
  readonly drip?: string | Buffer;
  readonly dripMs?: number;
  /** Reads nothing of what the server says. */
  readonly neverReads?: boolean;
  /** A connection that the server ends is made anew after a second. */
  readonly comesBack?: boolean;
}

export interface SlowClientsReport {
  readonly opened: number;
  /** By the server, while the abuse lasted. */
  readonly endedByServer: number;
  readonly openAtEnd: number;
  /** Longest life of a connection that the server ended. */
  readonly longestMs: number;
  readonly statuses: Readonly<Record<string, number>>;
}

const comeBackMs = 1_000;

/** Many connections that misbehave in one way. */
export async function runSlowClients(spec: SlowClientsSpec): Promise<SlowClientsReport> {
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
