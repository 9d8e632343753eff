// Experiment: the receiver's flow, store, metrics and log on node:http alone, without Koa, router and raw-body. It shows
// what those cost; it is not a product: what it reads of a body has neither a limit nor a deadline.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { loadReceiverConfig } from '../../../src/config/receiver-config.ts';
import { readSecrets } from '../../../src/config/secret-source.ts';
import { listWebhookTopics } from '../../../src/config/webhook-config.ts';
import { createDeliveryLog } from '../../../src/http/log-deliveries.ts';
import { createReceiverMetrics } from '../../../src/observe/receiver-metrics.ts';
import { systemClock as clock, createIsoClock } from '../../../src/runtime/clock.ts';
import { createBufferedLog } from '../../../src/runtime/logger.ts';
import { tuneEngine } from '../../../src/runtime/tune-engine.ts';
import { openStore } from '../../../src/stores/open-store.ts';
import { AdmissionGate } from '../../../src/webhook/admission-gate.ts';
import { EventFields } from '../../../src/webhook/event-fields.ts';
import { receiveWebhook } from '../../../src/webhook/receive-webhook.ts';
import { createSignatureCheck, signatureHeader } from '../../../src/webhook/verify-signature.ts';

tuneEngine();
const config = loadReceiverConfig(process.env);
const [registration] = config.webhooks;
if (registration === undefined) {
  throw new Error('There is no registration');
}
const { logger } = createBufferedLog(config.logLevel);
const registry = new Registry();
const metrics = createReceiverMetrics(registry, {
  version: 'experiment',
  webhooks: [registration.name],
  clock,
});
const store = await openStore(config.store);
const { maxBodyBytes } = config.http;
const sink = await store.createSink({
  topics: listWebhookTopics(config.webhooks),
  maxBodyBytes,
  logger,
  clock,
  registry,
});
const secrets = readSecrets(registration.secrets);
const { events: topic, deadLetter: deadLetterTopic } = registration.topics;
const webhook = { ...registration, topic, deadLetterTopic, secrets: () => secrets };
const logDelivery = createDeliveryLog({ logger, clock, examine() {} });
const deps = {
  gate: new AdmissionGate(config.http),
  sink,
  verifySignature: createSignatureCheck(),
  eventFields: new EventFields(config.keyRules),
  isoNow: createIsoClock(clock),
  observeOnly: (_webhook: string, run: () => void) => run(),
  observeReceived: metrics.observeReceived,
  observeFailure: () => {},
};

function readWhole(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAt = performance.now();
  const { headers } = request;
  const signature = headers[signatureHeader];
  const delivery = {
    webhook,
    declaredBytes: Number(headers['content-length']),
    signature: typeof signature === 'string' ? signature : undefined,
    contentEncoding: headers['content-encoding'],
    traceparent: undefined,
    deadline: clock.now() + config.http.requestBudgetMs,
    readBody: () => readWhole(request),
  };
  const outcome = await receiveWebhook(delivery, deps);
  const status = outcome.code === 'ok' ? 200 : 503;
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(`{"accepted":${outcome.stored},"deadLettered":0}`);
  const durationMs = performance.now() - startedAt;
  const facts = { webhook: webhook.name, delivery, status, durationMs, request, response };
  metrics.observe(outcome, facts);
  logDelivery(outcome, facts);
}

const server = createServer((request, response) => void handle(request, response));
await sink.start();
server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
