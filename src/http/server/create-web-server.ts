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
import { readTextFile, rereadTextFile } from '../../config/read-text-file.ts';
import { audit, type Logger } from '../../runtime/logger.ts';
import { ReloadingValue } from '../../runtime/reloading-value.ts';
import { httpOnlyOptions } from './http-only.ts';
import { limitConnections } from './limit-connections.ts';
import { limitPipelining } from './limit-pipelining.ts';

export interface WebServer {
  readonly server: Server;
  readonly scheme: 'http' | 'https';
  /** All open connections. */
  readonly connections: ReadonlySet<Socket>;
  /** With TLS: why the current certificate or key file is unusable, or `undefined`. The last valid ones stay in use. */
  readonly certificateProblem?: () => string | undefined;
  /** With TLS: expiry of the certificate in use, in epoch milliseconds. `undefined` if the expiry cannot be read. */
  readonly certificateExpiresAt?: () => number | undefined;
  /** Stops watching the certificate files. */
  dispose(): void;
}

export interface WebServerOptions {
  readonly handler: RequestListener;
  readonly tls: TlsConfig | undefined;
  /** See `toMaxConnections`. */
  readonly maxConnections: number;
  /** Time from the first byte of a request to its response. */
  readonly requestBudgetMs: number;
  readonly logger: Logger;
  readonly reloadIntervalMs: number;
}

/** Limits for slow and idle clients. node:http enforces them only once per `connectionsCheckingInterval`. */
function toServerOptions(requestBudgetMs: number): ServerOptions & TlsOptions {
  const requestTimeout = requestBudgetMs + 1_000;
  return {
    headersTimeout: Math.min(5_000, requestTimeout),
    requestTimeout,
    // Longer than the idle timeout of common proxies (60 s) and of Heroku's router (90 s). So the proxy closes first and
    // never sends a delivery on a connection that is being closed. See
    // https://devcenter.heroku.com/articles/http-routing#keepalives
    keepAliveTimeout: 95_000,
    // Defaults to 30 s.
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16 * 1024,
    // Otherwise, node:http returns 400 itself, and the provider drops the data permanently.
    requireHostHeader: false,
    noDelay: true,
    // For TLS. Defaults to two minutes.
    handshakeTimeout: 5_000,
  };
}

/**
 * Creates a server with limits, for the public port and the management port. With TLS, certificate and key are reloaded when
 * their files change.
 */
export function createWebServer(options: WebServerOptions): WebServer {
  const { tls, maxConnections, requestBudgetMs, logger, reloadIntervalMs } = options;
  const handler = checkHead(limitPipelining(options.handler));
  const limits = { ...httpOnlyOptions, ...toServerOptions(requestBudgetMs) };
  if (tls === undefined) {
    const server = createHttpServer(limits, handler);
    const connections = watchClients(server, 'connection', maxConnections);
    return { server, scheme: 'http', connections, dispose: () => {} };
  }
  const more = tls.passphrase === undefined ? {} : { passphrase: tls.passphrase };
  const load = () => ({ cert: readTextFile(tls.certFile), key: readTextFile(tls.keyFile), ...more });
  const first = load();
  const server = explainCertificate(tls, first, () => createHttpsServer({ ...limits, ...first }, handler));
  const connections = watchClients(server, 'secureConnection', maxConnections);
  const material = new ReloadingValue({
    name: 'TLS certificate',
    load: () => first,
    reload: async () => ({
      cert: await rereadTextFile(tls.certFile),
      key: await rereadTextFile(tls.keyFile),
      ...more,
    }),
    onChange(changed) {
      explainCertificate(tls, changed, () => server.setSecureContext(changed));
      audit(logger, 'certificate_changed', {}, 'the TLS certificate of the public port was replaced');
    },
    intervalMs: reloadIntervalMs,
    logger,
  });
  const certificateProblem = () => material.failure;
  const certificateExpiresAt = () => readExpiry(material.current.cert);
  const dispose = () => material.stop();
  return { server, scheme: 'https', connections, certificateProblem, certificateExpiresAt, dispose };
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
  // Otherwise, node:http returns 417 itself, before any limit applies to the request.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  // Makes net.Socket cache the address, which a closed connection no longer knows.
  server.on(clientEvent, (socket: Socket) => void socket.remoteAddress);
  server.maxHeadersCount = maxHeaders + 1;
  return limitConnections(server, maxConnections);
}

/** A header costs its text plus 100 to 250 bytes. A request behind several proxies has thirty or forty headers. */
const maxHeaders = 100;
const tooManyHeaders = '431 Request Header Fields Too Large';

function checkHead(handler: RequestListener): RequestListener {
  return (request, response) => {
    // Depending on its version, node:http silently drops headers over its own limit.
    if (request.rawHeaders.length > 2 * maxHeaders) {
      reject(request.socket, tooManyHeaders);
      return;
    }
    if (request.headers.upgrade !== undefined) {
      // The upgrade is ignored, but data that followed it in the same packet was not read.
      response.setHeader('Connection', 'close');
    }
    handler(request, response);
  };
}

/** Time for a client to read a response after which its connection is closed. */
const lingerMs = 1_000;

/**
 * Responds to invalid or incomplete requests. By default, node:http mostly returns 400, and the provider drops the data
 * permanently. A proxy that garbles one delivery must not cause its loss. Only HTTP errors get a response, because nobody
 * would read one after a TLS or connection error.
 */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = toErrorStatus(error.code ?? '');
  if (status === undefined || !socket.writable) {
    socket.destroy();
  } else {
    reject(socket, status);
  }
}

function reject(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  // Not immediately: bytes that still arrive would reset the connection before the response is read.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function toErrorStatus(code: string): string | undefined {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return tooManyHeaders;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return '408 Request Timeout';
    default:
      return code.startsWith('HPE_') ? '503 Service Unavailable' : undefined;
  }
}
