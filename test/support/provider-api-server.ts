import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { type Context, OpenAPIBackend } from 'openapi-backend';
import { loadClosedDefinition } from './closed-api-definition.ts';

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

/** What a test makes the next calls of one method meet instead of the provider's usual answer. */
interface Trouble {
  readonly method: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The call has its effect all the same: only its answer is lost. */
  readonly afterEffect?: boolean;
}

export interface ProviderApiServer {
  readonly url: string;
  readonly calls: ReceivedCall[];
  readonly registrations: Map<string, StoredRegistration>;
  /** Each is met once, in order. */
  readonly troubles: Trouble[];
  /** Leave out or mask the secret in answers. */
  secretShown: 'plain' | 'masked' | 'absent';
  /** Runs right after an answer to a read was made: the moment for a concurrent change. */
  afterRead: (() => void) | undefined;
  store(body: Record<string, unknown>): StoredRegistration;
  /** As it was at its start: the start takes longer than a test, because the description is compiled. */
  reset(): void;
  close(): Promise<void>;
}

const credentials = `Basic ${Buffer.from('apiuser:pass word').toString('base64')}`;
// fetch adds cache-control and pragma to conditional requests.
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
 * The provider's Webhook API, made from its own OpenAPI description: requests are validated against it, with fields and
 * headers that it does not have refused, and so are this server's own answers. State and ETags are kept in memory.
 */
export async function startProviderApiServer(): Promise<ProviderApiServer> {
  const registrations = new Map<string, StoredRegistration>();
  const calls: ReceivedCall[] = [];
  const troubles: Trouble[] = [];
  let version = 0;

  const state: Omit<ProviderApiServer, 'url' | 'close'> = {
    calls,
    registrations,
    troubles,
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

  const backend = new OpenAPIBackend({
    definition: await loadClosedDefinition(),
    ajvOpts: { strict: false, formats: { 'date-time': true } },
    handlers: {
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
      validationFail: (context: Context): Answer => ({
        status: 400,
        body: { message: context.validation.errors?.map((e) => `${e.instancePath} ${e.message}`).join('; ') },
      }),
      unauthorizedHandler: (): Answer => ({ status: 401 }),
      notFound: (): Answer => ({ status: 404 }),
      methodNotAllowed: (): Answer => ({ status: 405 }),
    },
  });
  backend.registerSecurityHandler(
    'basicAuth',
    (context) => context.request.headers.authorization === credentials,
  );
  await backend.init();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const raw = await readText(request);
    const body = raw === '' ? undefined : JSON.parse(raw);
    calls.push({ method, path: url, ifMatch: headers['if-match'], body });
    const trouble = troubles[0]?.method === method ? troubles.shift() : undefined;
    if (trouble !== undefined && trouble.afterEffect !== true) {
      response.writeHead(trouble.status, trouble.headers).end(trouble.body);
      return;
    }
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
    if (trouble !== undefined) {
      response.writeHead(trouble.status, trouble.headers).end(trouble.body);
      return;
    }
    response.writeHead(result.status, { 'content-type': 'application/json', ...result.headers });
    response.end(result.body === undefined ? undefined : JSON.stringify(result.body));
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
