import type Connection from 'kafkajs/src/network/connection.js';
import { WireWriter } from '../../wire/wire-writer.ts';

export interface KafkajsRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** Writes what follows the header. */
  readonly write: (writer: WireWriter) => void;
}

/** @returns the answer without its header */
export type SendRequest = (connection: Connection, request: KafkajsRequest) => Promise<Buffer>;

const firstBytes = 1024;
/** A full produce request has about half of it, beside a record that is larger than all others together. */
const largestKeptBytes = 2 * 1024 * 1024;

/**
 * Does what kafkajs's `Connection.send` does, except that a request is written where it is sent from. kafkajs copies it
 * twice, into buffers that it clears first. The buffer is used again once the socket is done with it.
 */
export function createRequestSender(): SendRequest {
  let spare: WireWriter | undefined;

  return async (connection, { apiKey, apiVersion, apiName, write }) => {
    if (!connection.isAuthenticated()) {
      await connection.authenticate();
    }
    connection.failIfNotConnected();
    const writer = spare ?? new WireWriter(firstBytes);
    spare = undefined;
    const correlationId = connection.nextCorrelationId();
    writer.offset = 0;
    writer.int32(0); // length of what follows, see below
    writer.int16(apiKey);
    writer.int16(apiVersion);
    writer.int32(correlationId);
    writer.string(connection.clientId);
    write(writer);
    writer.bytes.writeInt32BE(writer.offset - 4, 0);
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly payload: Buffer }>();
    connection.requestQueue.push({
      entry: { apiKey, apiVersion, apiName, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: null,
      sendRequest: () => {
        connection.socket.write(writer.written(), () => {
          spare = writer.bytes.length <= largestKeptBytes ? writer : undefined;
        });
      },
    });
    return (await promise).payload;
  };
}
