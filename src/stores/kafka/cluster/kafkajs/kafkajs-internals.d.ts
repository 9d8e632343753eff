// Types of the kafkajs 2.2.4 modules below its public surface. docs/decisions/010-kafka.md says why they are used.

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
    /** By API key, once connected. */
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
    /** While a step of the login waits that has no correlation id. */
    readonly authHandlers: { onSuccess(answer: Buffer): void; onError(): void } | null;
    processData(chunk: Buffer): void;
    /** What came of an answer that is not whole, and how many bytes that is. */
    chunks: Buffer[];
    readonly bytesBuffered: number;
    /** With its length before it; 4 until that is there. */
    readonly bytesNeeded: number;
    /** A time of `process.hrtime`; `null` before the first login and after the connection ended. */
    authenticatedAt: [number, number] | null;
    /** A 64-bit integer in milliseconds; 0 = without an end. */
    sessionLifetime: { toString(): string };
    isAuthenticated(): boolean;
    /** Does nothing without SASL. */
    authenticate(): Promise<void>;
    /** Once connected. */
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
