import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  LatencyHistogram,
  type LatencyReport,
} from '../../src/tools/provider/simulator/simulation-report.ts';

export interface OpenLoopOptions {
  readonly url: string;
  /** As `writeBodies` leaves it. */
  readonly bodies: string;
  readonly requestsPerSecond: number;
  readonly seconds: number;
  readonly connections: number;
}

export interface OpenLoopResult {
  readonly requests: number;
  /** Answers that are no success, and requests without one. */
  readonly failures: number;
  /** From the moment that a request was due to its answer: a sender or a receiver that stands still counts. */
  readonly dueToAnswerMs: LatencyReport;
  /** From the write of a request to its answer. */
  readonly sentToAnswerMs: LatencyReport;
  /** How late a request was sent: the sender stood still, or each connection still waited for an answer. */
  readonly senderLateMs: LatencyReport;
}

/** How long after its end a run still waits for a free connection and for answers. */
const patienceMs = 10_000;

/** So many times the rate it sends at most after it stood still itself: all at once would be a burst of its own making. */
const catchUp = 1.5;

/**
 * Sends at a constant rate, whatever the answers do: each millisecond the requests that are due. It writes prepared bytes
 * and reads no more of an answer than its status, so that it takes little of the core that it shares.
 */
export async function measureOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { url, bodies, requestsPerSecond, seconds, connections } = options;
  const { hostname, port } = new URL(url);
  const requests = readRequests(bodies);
  const idle: Socket[] = [];
  const waiting = new Map<Socket, { dueAt: number; sentAt: number }>();
  const dueToAnswer = new LatencyHistogram();
  const sentToAnswer = new LatencyHistogram();
  const senderLate = new LatencyHistogram();
  let failures = 0;

  function onAnswer(socket: Socket, answer: Buffer): void {
    const now = performance.now();
    const request = waiting.get(socket);
    if (request === undefined) {
      return;
    }
    waiting.delete(socket);
    dueToAnswer.add(now - request.dueAt);
    sentToAnswer.add(now - request.sentAt);
    failures += answer[9] === '2'.charCodeAt(0) ? 0 : 1;
    idle.push(socket);
  }

  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(port), hostname).setNoDelay(true);
      await once(socket, 'connect');
      socket.on('data', (answer) => onAnswer(socket, answer));
      // What was sent on it stays without an answer, and is counted as such.
      socket.on('error', () => {});
      return socket;
    }),
  );
  idle.push(...sockets);
  const total = Math.floor(requestsPerSecond * seconds);
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000 + patienceMs;
  const mostATurn = Math.ceil((catchUp * requestsPerSecond) / 1000);
  let sent = 0;
  while (sent < total && performance.now() < end) {
    await delay(1);
    const now = performance.now();
    const due = Math.min(total, sent + mostATurn, Math.floor(((now - startedAt) / 1000) * requestsPerSecond));
    while (sent < due) {
      const socket = idle.shift();
      if (socket === undefined) {
        break;
      }
      const dueAt = startedAt + ((sent + 1) / requestsPerSecond) * 1000;
      const sentAt = performance.now();
      senderLate.add(sentAt - dueAt);
      waiting.set(socket, { dueAt, sentAt });
      socket.write(requests[sent % requests.length] as Buffer);
      sent += 1;
    }
  }
  while (waiting.size > 0 && performance.now() < end) {
    await delay(10);
  }
  failures += waiting.size + total - sent;
  for (const socket of sockets) {
    socket.destroy();
  }
  return {
    requests: total,
    failures,
    dueToAnswerMs: dueToAnswer.report(),
    sentToAnswerMs: sentToAnswer.report(),
    senderLateMs: senderLate.report(),
  };
}

function readRequests(file: string): Buffer[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const signature = line.slice(0, 40);
      const body = line.slice(41);
      return Buffer.from(
        `POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
          `X-Comapi-Signature: ${signature}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
}
