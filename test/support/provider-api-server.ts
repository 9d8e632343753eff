import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type Context, type Document, type Handler, OpenAPIBackend } from 'openapi-backend';
import { loadClosedDefinition, loadClosedMessageDefinition } from './closed-api-definition.ts';
import { MessageLedger } from './message-ledger.ts';

interface StoredRegistration {
  readonly id: string;
  etag: string;
  body: Record<string, unknown>;
}

interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly ifMatch: string | undefined;
  readonly body: Record<string, unknown> | undefined;
}

/** A fault that replaces the provider's default response to a call. */
interface Trouble {
  readonly method: string;
  /** Status of the response. `undefined` means the default status. */
  readonly status?: number;
  readonly delayMs?: number;
  /** Whether the connection is closed halfway through the default response. */
  readonly isCut?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the server executes the call, so that only its response is lost. */
  readonly afterEffect?: boolean;
}

export interface ProviderApiServer {
  readonly url: string;
  readonly calls: ReceivedCall[];
  readonly registrations: Map<string, StoredRegistration>;
  /** Faults for the next calls, in order. Each fault is used once. */
  readonly troubles: Trouble[];
  /** Returns further faults by the number of the call, starting with 1. */
  troubleOf: ((call: number) => Trouble | undefined) | undefined;
  /** The ledger from which the server answers calls about messages and counts. */
  readonly ledger: MessageLedger;
  /** Alters the default responses. An altered response may violate the API description. */
  alter: ((answer: unknown) => unknown) | undefined;
  /** Whether responses contain the secret, contain a masked secret, or omit it. */
  secretShown: 'plain' | 'masked' | 'absent';
  /** Called right after the server has created the response to a read, to simulate a concurrent change. */
  afterRead: (() => void) | undefined;
  store(body: Record<string, unknown>): StoredRegistration;
  /**
   * Resets the server to its initial state. A new server would take longer to start than a test, because it compiles
   * the API description.
   */
  reset(): void;
  close(): Promise<void>;
}

const credentials = `Basic ${Buffer.from('apiuser:pass word').toString('base64')}`;
// For conditional requests, fetch adds the cache-control and pragma headers.
const usualHeaders =
  /^(accept|cache-control|pragma|accept-encoding|accept-language|authorization|connection|content-length|content-type|host|sec-fetch-mode|user-agent|if-match)$/;

const availableEvents = [
  ...['sent', 'delivered', 'read', 'failed'].map((name) => ({
    type: `message.${name}`,
    description: `Outbound message ${name}`,
    filters: [{ name: 'channel', required: false, description: 'Channel of the message' }],
  })),
  { type: 'message.inbound', filters: [{ name: 'channel', required: true }] },
  { type: 'profile.update', description: 'A profile changed', filters: null },
];

/**
 * Starts a server for the provider's APIs of webhooks, messages and counts, based on their OpenAPI descriptions. The
 * server validates requests and responses, and rejects unknown fields and headers. State and ETags are kept in memory.
 */
export async function startProviderApiServer(): Promise<ProviderApiServer> {
  const registrations = new Map<string, StoredRegistration>();
  const calls: ReceivedCall[] = [];
  const troubles: Trouble[] = [];
  const ledger = new MessageLedger();
  let version = 0;

  const state: Omit<ProviderApiServer, 'url' | 'close'> = {
    calls,
    registrations,
    troubles,
    troubleOf: undefined,
    ledger,
    alter: undefined,
    secretShown: 'plain',
    afterRead: undefined,
    store(body) {
      const id = randomUUID();
      version += 1;
      const stored = { id, etag: `"v${version}"`, body };
      registrations.set(id, stored);
      return stored;
    },
    reset() {
      registrations.clear();
      calls.length = 0;
      troubles.length = 0;
      ledger.clear();
      state.troubleOf = undefined;
      state.alter = undefined;
      state.secretShown = 'plain';
      state.afterRead = undefined;
    },
  };

  function show({ id, body, etag }: StoredRegistration): { body: unknown; headers: Record<string, string> } {
    const { secret, ...rest } = body;
    const shown = { plain: { secret }, masked: { secret: '********' }, absent: {} }[state.secretShown];
    return { body: { id, _createdOn: '2026-01-01T00:00:00Z', ...rest, ...shown }, headers: { etag } };
  }

  interface Answer {
    readonly status: number;
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
  }

  const find = (context: Context) => registrations.get(String(context.request.params.webhookId));
  const isCurrent = ({ etag }: StoredRegistration) => [undefined, etag].includes(calls.at(-1)?.ifMatch);

  const common = {
    validationFail: (context: Context): Answer => ({
      status: 400,
      body: { message: context.validation.errors?.map((e) => `${e.instancePath} ${e.message}`).join('; ') },
    }),
    unauthorizedHandler: (): Answer => ({ status: 401 }),
    notFound: (): Answer => ({ status: 404 }),
    methodNotAllowed: (): Answer => ({ status: 405 }),
  };
  const messages = await startBackend(await loadClosedMessageDefinition(), {
    ...common,
    message(context: Context): Answer {
      const message = ledger.show(String(context.request.params.messageId));
      return message === undefined ? { status: 404 } : { status: 200, body: message };
    },
    counts({ request: { query } }: Context): Answer {
      const [fromMs, toMs] = [query.from, query.to].map((text) => Date.parse(String(text)));
      if (!(Number(fromMs) < Number(toMs))) {
        return { status: 400, body: { message: 'from must be before to' } };
      }
      return { status: 200, body: ledger.showHours(Number(fromMs), Number(toMs)) };
    },
  });
  const webhooks = await startBackend(await loadClosedDefinition(), {
    ...common,
    list: (): Answer => ({
      status: 200,
      body: [...registrations.values()].map((each) => show(each).body),
    }),
    events: (): Answer => ({
      status: 200,
      body: availableEvents.map((e) => ({ ...e, filters: e.filters ?? [] })),
    }),
    read(context: Context): Answer {
      const stored = find(context);
      const shown = stored === undefined ? { status: 404 } : { status: 200, ...show(stored) };
      state.afterRead?.();
      return shown;
    },
    create: (context: Context): Answer => ({
      status: 201,
      ...show(state.store(context.request.requestBody)),
    }),
    update(context: Context): Answer {
      const stored = find(context);
      if (stored === undefined) {
        return { status: 404 };
      }
      if (!isCurrent(stored)) {
        return { status: 412 };
      }
      version += 1;
      stored.etag = `"v${version}"`;
      stored.body = context.request.requestBody;
      return { status: 200, ...show(stored) };
    },
    remove(context: Context): Answer {
      const stored = find(context);
      if (stored === undefined) {
        return { status: 404 };
      }
      if (!isCurrent(stored)) {
        return { status: 412 };
      }
      registrations.delete(stored.id);
      return { status: 204 };
    },
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const raw = await readText(request);
    const body = raw === '' ? undefined : JSON.parse(raw);
    calls.push({ method, path: url, ifMatch: headers['if-match'], body });
    const trouble = troubles[0]?.method === method ? troubles.shift() : state.troubleOf?.(calls.length);
    await delay(trouble?.delayMs ?? 0);
    if (trouble?.status !== undefined && trouble.afterEffect !== true) {
      response.writeHead(trouble.status, trouble.headers).end(trouble.body);
      return;
    }
    const backend = /^\/cpaas\/(messages|analytics)\b/.test(url) ? messages : webhooks;
    const unknownHeader = Object.keys(headers).find((name) => !usualHeaders.test(name));
    const result: Answer =
      unknownHeader === undefined
        ? await backend.handleRequest({ method, path: url, body, headers: headers as Record<string, string> })
        : { status: 400, body: { message: `unexpected header ${unknownHeader}` } };
    const operation = backend.matchOperation({ method, path: url, headers: {} });
    if (operation !== undefined && result.status < 300) {
      const { errors } = backend.validateResponse(result.body, operation, result.status);
      if (errors) {
        throw new Error(
          `This server's own answer is not what the description says: ${JSON.stringify(errors)}`,
        );
      }
    }
    if (trouble?.status !== undefined) {
      response.writeHead(trouble.status, trouble.headers).end(trouble.body);
      return;
    }
    const shown = result.status < 300 && state.alter ? state.alter(result.body) : result.body;
    const bytes = Buffer.from(shown === undefined ? '' : JSON.stringify(shown));
    const length = result.status === 204 ? {} : { 'content-length': bytes.length };
    response.writeHead(result.status, { 'content-type': 'application/json', ...length, ...result.headers });
    if (trouble?.isCut) {
      response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    } else {
      response.end(bytes);
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(599).end(String(error)));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  });
}

async function startBackend(
  definition: Document,
  handlers: Record<string, Handler>,
): Promise<OpenAPIBackend> {
  const ajvOpts = { strict: false, formats: { 'date-time': true } } as const;
  const backend = new OpenAPIBackend({ definition, ajvOpts, handlers });
  backend.registerSecurityHandler(
    'basicAuth',
    (context) => context.request.headers.authorization === credentials,
  );
  await backend.init();
  return backend;
}
