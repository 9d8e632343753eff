import { readFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TlsConfig } from '../config/receiver-config.ts';
import type { Logger } from '../runtime/logger.ts';
import { createReloadingValue } from '../runtime/reloading-value.ts';
import { limitPipelining, pipeliningOptions } from './limit-pipelining.ts';

export interface WebServer {
  readonly server: Server;
  readonly scheme: 'http' | 'https';
  /** Ends the watch on certificate files. */
  dispose(): void;
}

export interface WebServerOptions {
  readonly handler: RequestListener;
  readonly tls?: TlsConfig;
  /** First byte to answer, for one request. */
  readonly requestBudgetMs: number;
  readonly logger: Logger;
  readonly reloadIntervalMs: number;
}

/**
 * Limits on slow and idle clients. node:http looks for those that exceed them only every
 * `connectionsCheckingInterval`, 30 s by default.
 */
function toServerOptions(requestBudgetMs: number): ServerOptions {
  return {
    headersTimeout: 5_000,
    requestTimeout: requestBudgetMs + 1_000,
    // Above the idle time of common proxies (60 s): the side that closes first must be the proxy.
    keepAliveTimeout: 75_000,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16 * 1024,
    // node:http would answer 400 by itself, on which the provider drops the data for good.
    requireHostHeader: false,
    noDelay: true,
  };
}

/** The public server. With TLS, the certificate and key are read again when their files change. */
export function createWebServer(options: WebServerOptions): WebServer {
  const { tls, requestBudgetMs, logger, reloadIntervalMs } = options;
  const handler = limitPipelining(options.handler);
  const limits = { ...pipeliningOptions, ...toServerOptions(requestBudgetMs) };
  if (tls === undefined) {
    const server = createHttpServer(limits, handler);
    server.on('clientError', answerClientError);
    return { server, scheme: 'http', dispose: () => {} };
  }
  const load = () => ({
    cert: readFileSync(tls.certFile),
    key: readFileSync(tls.keyFile),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
  });
  const server = createHttpsServer({ ...limits, ...load() }, handler);
  server.on('clientError', answerClientError);
  const material = createReloadingValue({
    name: 'TLS certificate',
    load,
    onChange: (changed) => server.setSecureContext(changed),
    intervalMs: reloadIntervalMs,
    logger,
  });
  return { server, scheme: 'https', dispose: material.stop };
}

/**
 * What node:http answers by itself to bytes that are not a whole request. Its default for most of them is 400, on which
 * the provider would drop the data for good; a proxy that garbles one delivery must not cost it.
 */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = {
    HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
    ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  }[error.code ?? ''];
  socket.end(
    `HTTP/1.1 ${status ?? '503 Service Unavailable'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
