import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { onTestFinished } from 'vitest';

/** The published protocol files of OpenTelemetry 1.11.0 (https://github.com/open-telemetry/opentelemetry-proto). */
const protocol = new URL('../fixtures/opentelemetry-proto/', import.meta.url).pathname;
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => protocol + target;
root.loadSync('opentelemetry/proto/collector/trace/v1/trace_service.proto');
const requestType = root.lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest');
const responseType = root.lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse');

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A received span. Ids are hexadecimal, and a missing id is an empty string. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  /** Kind of the span, for example `SPAN_KIND_SERVER`. */
  readonly kind: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: string; readonly message: string };
  readonly resource: Attributes;
}

type Behaviour = 'takes' | 'refuses' | 'answers garbage' | 'never answers' | 'never ends its answer';

export interface Collector {
  /** Value of `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: CollectedSpan[];
  readonly requests: { readonly path: string | undefined; readonly headers: IncomingHttpHeaders }[];
  behaves: Behaviour;
  /** Stops listening. Calling `start` resumes listening. */
  stop(): Promise<void>;
  start(): Promise<void>;
  openConnections(): Promise<number>;
}

/** Starts a collector for spans on a real port, until the test ends. */
export async function startCollector(tls?: ServerOptions): Promise<Collector> {
  const handle = (request: IncomingMessage, response: ServerResponse) => void take(request, response);
  const server = tls === undefined ? createServer(handle) : createHttpsServer(tls, handle);
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url: path, headers } = request;
    const body = await buffer(request);
    collector.requests.push({ path, headers });
    if (collector.behaves === 'takes') {
      collector.spans.push(...readSpans(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
    }
    answer(response, collector.behaves);
  }
  let port = 0;
  const collector: Collector & { url: string } = {
    url: '',
    spans: [],
    requests: [],
    behaves: 'takes',
    async start() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    openConnections: () =>
      new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0))),
  };
  await collector.start();
  collector.url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  onTestFinished(() => collector.stop());
  return collector;
}

function answer(response: ServerResponse, behaviour: Behaviour): void {
  switch (behaviour) {
    case 'takes':
      response.setHeader('Content-Type', 'application/x-protobuf');
      response.end(responseType.encode({}).finish());
      break;
    case 'refuses':
      response.writeHead(503).end();
      break;
    case 'answers garbage':
      response.end(Buffer.alloc(10_000, 0xff));
      break;
    case 'never ends its answer':
      response.write('x');
      break;
    case 'never answers':
      break;
  }
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number | boolean>>;
}

type PlainSpan = Omit<CollectedSpan, 'attributes' | 'resource' | 'startMs' | 'endMs'> & {
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
};

function readSpans(body: Buffer): CollectedSpan[] {
  const { resourceSpans = [] } = toPlain(requestType.decode(body)) as {
    resourceSpans?: {
      resource: { attributes: readonly KeyValue[] };
      scopeSpans: readonly { spans: readonly PlainSpan[] }[];
    }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ startTimeUnixNano, endTimeUnixNano, attributes, ...span }) => ({
        ...span,
        startMs: Number(startTimeUnixNano) / 1e6,
        endMs: Number(endTimeUnixNano) / 1e6,
        attributes: toRecord(attributes),
        resource: toRecord(resource.attributes),
      })),
    ),
  );
}

function toPlain(message: protobuf.Message): unknown {
  const plain = requestType.toObject(message, { enums: String, longs: String, defaults: true, arrays: true });
  return JSON.parse(
    JSON.stringify(plain, (_key, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('hex') : value,
    ),
  );
}

const toRecord = (pairs: readonly KeyValue[]): Attributes =>
  Object.fromEntries(
    pairs.map(({ key, value: { intValue, ...value } }) => [
      key,
      intValue === undefined ? Object.values(value)[0] : Number(intValue),
    ]),
  );
