import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { WireWriter } from '../../../src/stores/kafka/wire/wire-writer.ts';
import { createFrameSplitter } from './frame-splitter.ts';
import { int32 } from './kafka-wire.ts';
import type { Spoil } from './spoiled-answers.ts';

/** Request versions that this broker supports, by API key. */
const versions = {
  ...{ Heartbeat: [12, 0, 3], SaslHandshake: [17, 0, 1] },
  ...{ ApiVersions: [18, 0, 2], SaslAuthenticate: [36, 0, 1] },
} as const;

export type Step = 'ApiVersions' | 'SaslHandshake' | 'SaslAuthenticate' | 'Heartbeat';

export interface ScriptedBroker {
  readonly port: number;
  readonly connections: number;
  /** Alters the responses to this login step. The argument `undefined` ends the alteration. */
  spoil(step: Step | undefined, how?: Spoil): void;
}

interface ScriptedBrokerOptions {
  /** Returns the response to one step of a login. */
  readonly login?: (token: string) => string;
}

/** Starts a broker that accepts any login with any mechanism, and responds to heartbeats. */
export async function startScriptedBroker(
  options: ScriptedBrokerOptions = {},
): Promise<ScriptedBroker & Disposable> {
  const { login = () => '' } = options;
  const sockets = new Set<Socket>();
  let connections = 0;
  let spoiledStep: Step | undefined;
  let how: Spoil = (frame) => frame;

  const known = Object.values(versions);
  const answers: Readonly<Record<number, (writer: WireWriter, body: Buffer) => Step>> = {
    18(writer) {
      writer.int16(0);
      writer.int32(known.length);
      for (const number of known.flat()) {
        writer.int16(number);
      }
      writer.int32(0);
      return 'ApiVersions';
    },
    17(writer) {
      writer.int16(0);
      writer.array(['PLAIN', 'SCRAM-SHA-256', 'OAUTHBEARER'], (name) => writer.string(name));
      return 'SaslHandshake';
    },
    36(writer, body) {
      const said = login(body.subarray(4).toString());
      writer.int16(0);
      writer.int16(-1);
      writer.int32(said.length);
      writer.raw(Buffer.from(said));
      writer.int64(0);
      return 'SaslAuthenticate';
    },
    12(writer) {
      writer.int32(0);
      writer.int16(0);
      return 'Heartbeat';
    },
  };

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    const answer = (frame: Buffer): void => {
      const writer = new WireWriter(64);
      writer.int32(0);
      writer.int32(frame.readInt32BE(8));
      const body = frame.subarray(14 + frame.readInt16BE(12));
      const step = answers[frame.readInt16BE(4)]?.(writer, body) ?? 'ApiVersions';
      const whole = writer.written();
      int32(whole.length - 4).copy(whole);
      socket.write(step === spoiledStep ? how(whole) : whole);
    };
    socket.on('data', createFrameSplitter(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    spoil(step, spoil = how) {
      spoiledStep = step;
      how = spoil;
    },
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
