import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { FloodReport, FloodSpec } from './flood.ts';
import { createRawHttpClient, type RawHttpClient } from './raw-http-client.ts';

const spec = JSON.parse(process.argv[2] ?? '') as FloodSpec;
const clients: RawHttpClient[] = [];
const acknowledged: string[] = [];
const statuses: Record<string, number> = {};
const pad = 'x'.repeat(spec.padBytes);
let sent = 0;
let unsent = 0;
let maxAnswerMs = 0;
let nextClient = 0;

function toRequest(id: string): string {
  const body = `{"eventId":"${id}","name":"message.sent","revision":1,"payload":{"messageId":"${id}","text":"${pad}"}}`;
  const signature = spec.isSigned
    ? createHmac('sha1', spec.secret).update(body).digest('hex')
    : '0123456789abcdef0123456789abcdef01234567';
  return (
    `POST ${spec.path} HTTP/1.1\r\nHost: flood\r\nContent-Type: application/json\r\n` +
    `X-Comapi-Signature: ${signature}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

/** Returns a connection on which another request can be sent. Replaces closed connections. */
function findClient(): RawHttpClient | undefined {
  for (let tries = 0; tries < spec.connections; tries += 1) {
    nextClient = (nextClient + 1) % spec.connections;
    let client = clients[nextClient];
    if (client?.isOpen !== true) {
      client = createRawHttpClient(spec.port);
      clients[nextClient] = client;
    }
    if (client.pending < spec.depth) {
      return client;
    }
  }
  return undefined;
}

function sendOne(client: RawHttpClient): void {
  const id = `flood-${spec.label}-${sent}`;
  sent += 1;
  const began = performance.now();
  client.send(toRequest(id), (status) => {
    maxAnswerMs = Math.max(maxAnswerMs, performance.now() - began);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === 200) {
      acknowledged.push(id);
    }
  });
}

const start = performance.now();
const timer = setInterval(() => {
  const elapsedSeconds = (performance.now() - start) / 1_000;
  const due = spec.requestsPerSecond * Math.min(elapsedSeconds, spec.seconds);
  while (sent + unsent < due) {
    const client = findClient();
    if (client === undefined) {
      unsent = due - sent;
      break;
    }
    sendOne(client);
  }
  const isOver = elapsedSeconds > spec.seconds;
  const isAnswered = clients.every((client) => client.pending === 0);
  if ((isOver && isAnswered) || elapsedSeconds > spec.seconds + 15) {
    finish();
  }
}, 5);

function finish(): void {
  clearInterval(timer);
  const unanswered = clients.reduce((sum, client) => sum + client.pending, 0);
  writeFileSync(spec.acknowledgedFile, acknowledged.join('\n'));
  const report: FloodReport = { sent, unsent: Math.round(unsent), unanswered, statuses, maxAnswerMs };
  process.stdout.write(JSON.stringify(report), () => process.exit(0));
}
