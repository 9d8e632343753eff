import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type OddRequest, oddRequests } from '../../support/odd-requests.ts';
import type { Fault, FaultContext } from '../actions/fault.ts';
import type { Service } from '../services/service.ts';
import { isAcknowledged } from '../traffic/traffic-log.ts';
import type { Violation } from '../verdict/judge.ts';
import { runJudges } from '../verdict/run-judges.ts';
import { type Flood, type FloodSpec, runFlood } from './flood.ts';
import { type AbuseEvidence, abuseJudges, judgeFlood, judgeShare } from './judge-abuse.ts';
import { probeLiveness } from './probe-liveness.ts';
import { runSlowClients, type SlowClientsSpec } from './slow-clients.ts';
import { watchMemory } from './watch-memory.ts';

/** Maximum number of bytes that a process reads from a connection at once. */
const packetBytes = 64 * 1024;

/** Abusive clients that run at the same time as signed traffic, which they must not affect. */
export const abuses: readonly Fault[] = [
  slowClients('slow headers and slow bodies', () => [
    {
      ...{ count: 500, opening: 'POST /webhook HTTP/1.1\r\nHost: slow\r\nX-Slow: ' },
      ...{ drip: 'x', comesBack: true },
    },
    { count: 3_000, opening: toHead('Content-Length: 10000000'), drip: 'x', comesBack: true },
  ]),
  slowClients('a reader that never reads', ({ service }) => ({
    count: 50,
    opening: '',
    drip: `GET ${service.path} HTTP/1.1\r\nHost: deaf\r\n\r\n`.repeat(200),
    dripMs: 20,
    neverReads: true,
    comesBack: true,
  })),
  slowClients('10,000 idle connections', () => ({
    ...{ count: 10_000, opening: 'GET / HTTP/1.1\r\nHost: idle\r\n\r\n' },
  })),
  slowClients('endless bodies', () => ({
    count: 20,
    opening: toHead('Transfer-Encoding: chunked'),
    drip: `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`,
    dripMs: 10,
    comesBack: true,
  })),
  slowClients('bodies in one-byte chunks', () =>
    ['POST /webhook', 'POST /elsewhere'].map((line) => ({
      ...{ count: 40, opening: toHead('Transfer-Encoding: chunked', line), comesBack: true },
      // Sends packets full of requests as fast as the server reads the packets.
      ...{ drip: '1\r\nx\r\n'.repeat(packetBytes / 6), dripMs: 1 },
    })),
  ),
  slowClients(
    '100 headers and 900 with bodies open',
    () =>
      [
        { headers: 96, count: 2_000 },
        { headers: 896, count: 4_500 },
      ].map(({ headers, count }) => ({
        ...{ count, opening: toHead(`${manyHeaders(headers)}\r\nContent-Length: 100`) },
        ...{ comesBack: true, leastLifeMs: 3_000 },
      })),
    0.98,
  ),
  slowClients(
    'one byte of a body missing',
    () => ({ count: 5_200, opening: `${toHead('Content-Length: 2')}x`, comesBack: true }),
    0.98,
  ),
  slowClients('stalled bodies', () => ({
    ...{ count: 131, opening: toHead('Content-Length: 511000'), padBytes: 510_000 },
    ...{ comesBack: true, leastLifeMs: 5_000 },
  })),
  slowClients('1,500 clients of the management port', ({ service: { managementPort } }) => ({
    ...{ port: managementPort, count: 1_500, opening: 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n' },
    ...{ asksAgain: true, comesBack: true },
  })),
  {
    ...slowClients(
      'idle connections with TLS, and those that never begin it',
      () => [
        { count: 1_500, opening: 'GET / HTTP/1.1\r\nHost: idle\r\n\r\n', tls: true, hundredEachMs: 500 },
        { count: 2_500, opening: '', comesBack: true },
      ],
      0.98,
    ),
    tls: true,
  },
  createSiege('sieges of what node:http answers by itself', oddRequests),
  { ...createSiege('sieges of what node:http answers by itself over TLS', oddRequests), tls: true },
  createSiege('sieges of the management port', oddRequests, ({ managementPort }) => managementPort),
  {
    name: '50,000 wrong signatures a second',
    run: (context, durationMs) =>
      judgeAbuse(context, 0.99, async () => {
        const flood = await floodService(context, {
          ...{ isSigned: false, requestsPerSecond: 50_000, seconds: durationMs / 1_000 },
          ...{ connections: 1_024, depth: 1, padBytes: 300, label: 'forged' },
        });
        expectStatuses(context, flood, ['401', '503']);
      }),
  },
  {
    name: 'flood at four times the top rate',
    run: (context, durationMs) =>
      judgeAbuse(context, 0, async () => {
        const common = { isSigned: true, padBytes: 150 };
        const topSeconds = 6;
        const top = await floodService(context, {
          ...{ ...common, requestsPerSecond: 1e9, seconds: topSeconds },
          ...{ connections: 256, depth: 1, label: 'top' },
        });
        const topRate = (top.statuses['200'] ?? 0) / topSeconds;
        context.note(`top rate ${topRate.toFixed(0)}/s`);
        await delay(500);
        const flood = await floodService(context, {
          ...{ ...common, requestsPerSecond: 4 * topRate, seconds: durationMs / 1_000 },
          // With 512 MiB of memory, the receiver allows 4,369 connections. The signed traffic uses the remaining ones,
          // and needs hundreds of them on a slow machine.
          ...{ connections: 3_500, depth: 1, label: 'four' },
        });
        expectStatuses(context, flood, ['200', '503']);
      }),
  },
];

function toHead(framing: string, line = 'POST /webhook'): string {
  const signature = 'X-Comapi-Signature: 0123456789abcdef0123456789abcdef01234567';
  return `${line} HTTP/1.1\r\nHost: slow\r\nContent-Type: application/json\r\n${signature}\r\n${framing}\r\n\r\n`;
}

function manyHeaders(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index.toString(36)}:`).join('\r\n');
}

/**
 * Sends each kind of request in turn, in packets that are as full as possible. Its connections read no responses, and
 * are reopened after they are closed.
 */
function createSiege(
  name: string,
  requests: readonly OddRequest[],
  toPort: (service: Service) => number = ({ httpPort }) => httpPort,
): Fault {
  return {
    name,
    run: (context, durationMs) =>
      judgeAbuse(context, 0.95, async () => {
        for (const { name: kind, text } of requests) {
          const report = await runSlowClients({
            ...{ port: toPort(context.service), durationMs: Math.max(2_000, durationMs / requests.length) },
            ...{ count: 300, opening: text, times: Math.ceil(packetBytes / text.length) },
            // A client that reads no data notices only when it writes that its connection is closed.
            ...{ drip: text, dripMs: 1_000, neverReads: true, comesBack: true },
            tls: toPort(context.service) === context.service.httpPort && context.service.tls,
          });
          context.note(`${kind}: ${report.opened} connections, the server ended ${report.endedByServer}`);
        }
      }),
  };
}

type Clients = Omit<SlowClientsSpec, 'port' | 'durationMs'> & { readonly port?: number };

/** @param leastTaken minimum share of the signed requests that must be accepted during the abuse */
function slowClients(
  name: string,
  toClients: (context: FaultContext) => Clients | readonly Clients[],
  leastTaken = 0.99,
): Fault {
  return {
    name,
    run: (context, durationMs) =>
      judgeAbuse(context, leastTaken, async () => {
        const { service, note } = context;
        await Promise.all(
          [toClients(context)].flat().map(async (clients) => {
            const report = await runSlowClients({ port: service.httpPort, durationMs, ...clients });
            note(
              `${report.opened} connections, the server ended ${report.endedByServer} after at most ` +
                `${report.longestMs.toFixed(0)} ms, answers ${JSON.stringify(report.statuses)}`,
            );
          }),
        );
      }),
  };
}

async function floodService(
  { service, note, flooded, directory }: FaultContext,
  spec: Omit<FloodSpec, 'port' | 'path' | 'secret' | 'acknowledgedFile'>,
): Promise<Flood> {
  const flood = await runFlood({
    ...{ port: service.httpPort, path: service.path, secret: service.secret() },
    ...{ acknowledgedFile: join(directory, `flood-${spec.label}.txt`), ...spec },
  });
  flooded(flood.acknowledged, flood.unanswered + (flood.statuses.cut ?? 0));
  const answers = Object.values(flood.statuses).reduce((sum, count) => sum + count, 0);
  note(
    `${spec.label}: sent ${(flood.sent / spec.seconds).toFixed(0)}/s, answered ${(answers / spec.seconds).toFixed(0)}/s ` +
      `${JSON.stringify(flood.statuses)}, slowest ${flood.maxAnswerMs.toFixed(0)} ms`,
  );
  return flood;
}

function expectStatuses({ report }: FaultContext, flood: Flood, allowed: readonly string[]): void {
  judgeFlood(flood, allowed).forEach(report);
}

/** Runs an abuse, and then checks the memory and the signed traffic that was sent at the same time. */
async function judgeAbuse(
  context: FaultContext,
  leastTaken: number,
  abuse: () => Promise<void>,
): Promise<void> {
  const { service, log, note, report } = context;
  const memory = watchMemory(service.process.pid);
  const probes = probeLiveness(service.managementPort);
  const from = Date.now();
  await abuse();
  const to = Date.now();
  const { answered, failed, failedInARow, slowestMs } = await probes();
  note(`${answered} probes answered, ${failed} not, slowest ${slowestMs.toFixed(0)} ms`);
  const figures = memory();
  const { startMib, peakMib, endMib } = figures;
  note(`resident ${startMib.toFixed(0)} MiB before, ${peakMib.toFixed(0)} peak, ${endMib.toFixed(0)} after`);
  runJudges<AbuseEvidence, Violation>(abuseJudges, {
    ...{ failedInARow, memory: figures, lastedMs: to - from },
  }).forEach(report);
  context.conclude(() => {
    const signed = log.requests.filter(
      (request) => request.kind !== 'forged' && request.sentAt >= from && request.sentAt <= to,
    );
    const taken = signed.filter(isAcknowledged).length / Math.max(1, signed.length);
    const slowest = Math.max(...signed.map((request) => request.latencyMs));
    note(
      `beside it ${(100 * taken).toFixed(1)} % of ${signed.length} taken, slowest ${slowest.toFixed(0)} ms`,
    );
    judgeShare(signed, leastTaken).forEach(report);
  });
}
