// Types of internal modules of kafkajs 2.2.4. For the reasons to use them, see docs/decisions/010-kafka.md.

declare module 'kafkajs/package.json' {
  const manifest: { readonly version: string };
  export = manifest;
}

declare module 'kafkajs/src/network/connectionPool.js' {
  import type { ISocketFactory, Logger, Mechanism, SASLOptions } from 'kafkajs';
  import type Connection from 'kafkajs/src/network/connection.js';

  class ConnectionPool {
    constructor(options: {
      host: string;
      port: number;
      ssl: object | boolean | null;
      sasl: SASLOptions | Mechanism | null;
      clientId: string;
      socketFactory: ISocketFactory;
      connectionTimeout: number;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      logger: Logger;
    });
    getConnection(index: number): Promise<Connection>;
    map<T>(callback: (connection: Connection) => T): T[];
  }
  export = ConnectionPool;
}

declare module 'kafkajs/src/broker/index.js' {
  import type { Logger } from 'kafkajs';
  import type ConnectionPool from 'kafkajs/src/network/connectionPool.js';

  class Broker {
    constructor(options: {
      connectionPool: ConnectionPool;
      logger: Logger;
      allowAutoTopicCreation: boolean;
      authenticationTimeout: number;
    });
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    isConnected(): boolean;
    /** Supported versions by API key, or `null` before the connection is open. */
    readonly versions: Readonly<
      Record<number, { readonly minVersion: number; readonly maxVersion: number } | undefined>
    > | null;
    lookupRequest(
      apiKey: number,
      definition: unknown,
    ): (parameters: object) => {
      request: { readonly apiVersion: number; encode(): Promise<{ readonly buffer: Buffer }> };
      response: { decode(payload: Buffer): Promise<unknown> };
    };
  }
  export = Broker;
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  export const requests: Readonly<Record<string, unknown>>;
}

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  import type RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

  class Connection {
    /** Set while a login step without a correlation ID waits for its response. */
    readonly authHandlers: { onSuccess(answer: Buffer): void; onError(): void } | null;
    processData(chunk: Buffer): void;
    /** Received chunks of an incomplete response. `bytesBuffered` is the total size of these chunks. */
    chunks: Buffer[];
    readonly bytesBuffered: number;
    /** Size of the response, including its length field. The value is 4 until the length field has arrived. */
    readonly bytesNeeded: number;
    /**
     * Time of the last login from `process.hrtime`, or `null` before the first login and after the connection has
     * ended.
     */
    authenticatedAt: [number, number] | null;
    /** Lifetime of the SASL session: a 64-bit integer in milliseconds. 0 means unlimited. */
    sessionLifetime: { toString(): string };
    isAuthenticated(): boolean;
    /** Logs in. Does nothing without SASL. */
    authenticate(): Promise<void>;
    /** The TCP or TLS socket. Set after the connection is established. */
    readonly socket: Socket;
    readonly clientId: string;
    readonly requestQueue: RequestQueue;
    nextCorrelationId(): number;
    failIfNotConnected(): void;
    rejectRequests(error: Error): void;
  }
  export = Connection;
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  class RequestQueue {
    constructor(options: {
      maxInFlightRequests: number | null;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      clientId: string;
      broker: string;
      logger: object;
    });
    push(request: {
      entry: object;
      expectResponse: boolean;
      requestTimeout: number | null;
      sendRequest: () => void;
    }): void;
    readonly inflight: ReadonlyMap<number, { readonly entry: { readonly apiKey: number } }>;
    fulfillRequest(answer: { correlationId: number; payload: Buffer; size: number }): void;
    rejectAll(error: Error): void;
    maybeThrottle(clientSideThrottleMs: number): void;
    scheduleCheckPendingRequests(): void;
  }
  export = RequestQueue;
}
