import { X509Certificate } from 'node:crypto';
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { findCertificateProblem } from '../../config/check-certificates.ts';
import type { TlsConfig, TlsFiles } from '../../config/http-config.ts';
import { readTextFile, readTextFileAsync } from '../../config/read-text-file.ts';
import { type Logger, writeAuditLine } from '../../runtime/logger.ts';
import { ReloadingValue } from '../../runtime/reloading-value.ts';
import { httpOnlyOptions } from './http-only.ts';
import { limitConnections } from './limit-connections.ts';
import { limitPipelining } from './limit-pipelining.ts';

export interface WebServer {
  readonly server: Server;
  readonly scheme: 'http' | 'https';
  readonly connections: ReadonlySet<Socket>;
  /** The certificate of the server, or `undefined` without TLS. */
  readonly certificate: ServerCertificate | undefined;
  /** Stops watching the certificate files. */
  dispose(): void;
}

export interface ServerCertificate {
  /** Returns the reason why the current certificate or key file is unusable, if any. The last valid files stay in use. */
  problem(): string | undefined;
  /** Returns when the certificate in use expires, in epoch milliseconds, or `undefined` if the expiry cannot be read. */
  expiresAt(): number | undefined;
}

export interface WebServerOptions {
  readonly handler: RequestListener;
  readonly tls: TlsConfig | undefined;
  /** See `toMaxConnections`. */
  readonly maxConnections: number;
  /** Maximum time from the first byte of a request to its response. */
  readonly requestBudgetMs: number;
  readonly logger: Logger;
  readonly reloadIntervalMs: number;
}

/**
 * Returns the limits for slow and idle clients. node:http enforces the limits only once per
 * `connectionsCheckingInterval`.
 */
function toServerOptions(requestBudgetMs: number): ServerOptions & TlsOptions {
  const requestTimeout = requestBudgetMs + 1_000;
  return {
    headersTimeout: Math.min(5_000, requestTimeout),
    requestTimeout,
    // This timeout is longer than the idle timeout of common proxies (60 s) and of Heroku's router (90 s). Therefore,
    // the proxy closes idle connections first and never sends a delivery on a connection that is being closed. See
    // https://devcenter.heroku.com/articles/http-routing#keepalives
    keepAliveTimeout: 95_000,
    // Interval in milliseconds between checks of the timeouts. The default of node:http is 30 s.
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16 * 1024,
    // With this check enabled, node:http would return 400, and the provider would drop the data permanently.
    requireHostHeader: false,
    noDelay: true,
    // Time limit in milliseconds for a TLS handshake. The default of node:tls is two minutes.
    handshakeTimeout: 5_000,
  };
}

/**
 * Creates a server with limits, for the public port and the management port. With TLS, certificate and key are reloaded when
 * their files change.
 */
export function createWebServer(options: WebServerOptions): WebServer {
  const { tls, maxConnections, requestBudgetMs, logger, reloadIntervalMs } = options;
  const handler = checkRequestHead(limitPipelining(options.handler));
  const limits = { ...httpOnlyOptions, ...toServerOptions(requestBudgetMs) };
  if (tls === undefined) {
    const server = createHttpServer(limits, handler);
    const connections = watchClients(server, 'connection', maxConnections);
    return { server, scheme: 'http', connections, certificate: undefined, dispose: () => {} };
  }
  const passphraseOption = tls.passphrase === undefined ? {} : { passphrase: tls.passphrase };
  const loadTlsMaterial = () => ({
    cert: readTextFile(tls.certFile),
    key: readTextFile(tls.keyFile),
    ...passphraseOption,
  });
  const initialTlsMaterial = loadTlsMaterial();
  const server = explainCertificate(tls, initialTlsMaterial, () =>
    createHttpsServer({ ...limits, ...initialTlsMaterial }, handler),
  );
  const connections = watchClients(server, 'secureConnection', maxConnections);
  const tlsMaterial = new ReloadingValue({
    name: 'TLS certificate',
    load: () => initialTlsMaterial,
    reload: async () => ({
      cert: await readTextFileAsync(tls.certFile),
      key: await readTextFileAsync(tls.keyFile),
      ...passphraseOption,
    }),
    onChange(changed) {
      explainCertificate(tls, changed, () => server.setSecureContext(changed));
      writeAuditLine(
        logger,
        'certificate_changed',
        {},
        'the TLS certificate of the public port was replaced',
      );
    },
    intervalMs: reloadIntervalMs,
    logger,
  });
  const certificate = {
    problem: () => tlsMaterial.failure,
    expiresAt: () => readExpiry(tlsMaterial.current.cert),
  };
  return { server, scheme: 'https', connections, certificate, dispose: () => tlsMaterial.stop() };
}

function readExpiry(cert: string): number | undefined {
  try {
    return new X509Certificate(cert).validToDate.getTime();
  } catch {
    return undefined;
  }
}

/** Replaces an OpenSSL error by one that names the variable and the problem of the certificate. */
function explainCertificate<T>(tls: TlsConfig, read: TlsFiles, use: () => T): T {
  try {
    return use();
  } catch (error) {
    const problem = findCertificateProblem(tls, read);
    throw problem === undefined ? error : new Error(problem, { cause: error });
  }
}

function watchClients(
  server: Server,
  clientEvent: 'connection' | 'secureConnection',
  maxConnections: number,
): ReadonlySet<Socket> {
  server.on('clientError', answerClientError);
  // Without this listener, node:http would return 417 before any limit applies to the request.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  // Reading the address makes net.Socket cache it, because the address is unavailable after the connection is closed.
  server.on(clientEvent, (socket: Socket) => void socket.remoteAddress);
  server.maxHeadersCount = maxHeaders + 1;
  return limitConnections(server, maxConnections);
}

/**
 * Each header uses 100 to 250 bytes of memory in addition to its text. A request behind several proxies has thirty to
 * forty headers.
 */
const maxHeaders = 100;
const headersTooLargeStatus = '431 Request Header Fields Too Large';

function checkRequestHead(handler: RequestListener): RequestListener {
  return (request, response) => {
    // The header count is checked here too, because some versions of node:http silently drop headers that exceed the
    // module's default limit.
    if (request.rawHeaders.length > 2 * maxHeaders) {
      rejectConnection(request.socket, headersTooLargeStatus);
      return;
    }
    if (request.headers.upgrade !== undefined) {
      // The upgrade is ignored. However, data that followed the request in the same packet has not been read, so the
      // connection cannot be reused.
      response.setHeader('Connection', 'close');
    }
    handler(request, response);
  };
}

/** Time for which a client can still read the response before its connection is closed. */
const closeDelayMs = 1_000;

/**
 * Responds to invalid or incomplete requests. By default, node:http returns 400 for most of these requests, and the
 * provider then drops the data permanently. A proxy that garbles one delivery must not cause the loss of that
 * delivery. Only HTTP errors get a response, because no client would read a response after a TLS or connection error.
 */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = toErrorStatus(error.code ?? '');
  if (status === undefined || !socket.writable) {
    socket.destroy();
  } else {
    rejectConnection(socket, status);
  }
}

function rejectConnection(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  // The socket is destroyed after a delay, because bytes that still arrive would otherwise reset the connection before
  // the client reads the response.
  setTimeout(() => socket.destroy(), closeDelayMs).unref();
}

function toErrorStatus(code: string): string | undefined {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return headersTooLargeStatus;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return '408 Request Timeout';
    default:
      return code.startsWith('HPE_') ? '503 Service Unavailable' : undefined;
  }
}
