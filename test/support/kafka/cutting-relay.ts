import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createFrameSplitter } from './frame-splitter.ts';

export type Direction = 'request' | 'answer';

/** Where a connection is cut: at a frame of Kafka's protocol, at a byte, or as soon as it is there. */
export type Cut = { readonly ending: 'end' | 'reset' } & (
  | { readonly at: 'accept' }
  | {
      readonly at: 'frame';
      readonly direction: Direction;
      readonly apiKey: number;
      readonly place: 'before' | 'within' | 'after';
    }
  | { readonly at: 'byte'; readonly direction: Direction; readonly byte: number }
);

/** A relay before one broker, which passes everything on until it is told where to cut. */
export interface CuttingRelay {
  readonly address: string;
  /** Cuts so many of the next connections there, and all that stand at once. */
  arm(cut: Cut, times: number): void;
  /** Of those, how many were not cut yet; none are afterwards. */
  disarm(): number;
  close(): void;
}

export async function createCuttingRelay(brokerPort: number): Promise<CuttingRelay> {
  const ends = new Set<(ending: Cut['ending']) => void>();
  let armed: Cut | undefined;
  let left = 0;

  function take(fits: (cut: Cut) => boolean): Cut | undefined {
    if (armed === undefined || left === 0 || !fits(armed)) {
      return undefined;
    }
    left -= 1;
    return armed;
  }

  function relay(client: Socket): void {
    const broker = connect({ host: '127.0.0.1', port: brokerPort });
    const sockets = [client, broker];
    function end(ending: Cut['ending']): void {
      ends.delete(end);
      for (const socket of sockets) {
        if (ending === 'reset') {
          socket.resetAndDestroy();
        } else {
          socket.end();
          // What still comes is not passed on.
          socket.removeAllListeners('data').resume();
        }
      }
    }
    ends.add(end);
    for (const socket of sockets) {
      socket.setNoDelay(true);
      socket.on('error', () => end('reset'));
      socket.on('close', () => end('end'));
    }
    const accepted = take(({ at }) => at === 'accept');
    if (accepted !== undefined) {
      end(accepted.ending);
      return;
    }
    const apiKeys = new Map<number, number>();
    pass('request', client, broker, (frame) => {
      const apiKey = frame.readInt16BE(4);
      apiKeys.set(frame.readInt32BE(8), apiKey);
      return apiKey;
    });
    pass('answer', broker, client, (frame) => apiKeys.get(frame.readInt32BE(4)) ?? -1);

    function pass(direction: Direction, from: Socket, to: Socket, toApiKey: (frame: Buffer) => number): void {
      let passed = 0;
      /** Passes a part on and ends the connection behind it. */
      function cutAt(bytes: Buffer, length: number, { ending }: Cut): void {
        if (length > 0) {
          to.write(bytes.subarray(0, length), () => end(ending));
        } else {
          end(ending);
        }
      }
      const passFrame = createFrameSplitter((frame) => {
        if (!ends.has(end)) {
          return;
        }
        const apiKey = toApiKey(frame);
        const cut = take(
          (each) => each.at === 'frame' && each.direction === direction && each.apiKey === apiKey,
        );
        if (cut?.at === 'frame') {
          const lengths = { before: 0, within: Math.ceil(frame.length / 2), after: frame.length };
          cutAt(frame, lengths[cut.place], cut);
        } else {
          to.write(frame);
        }
      });
      from.on('data', (chunk) => {
        if (armed?.at === 'frame') {
          passFrame(chunk);
          return;
        }
        const upTo = passed + chunk.length;
        const cut = take((each) => each.at === 'byte' && each.direction === direction && each.byte < upTo);
        if (cut?.at === 'byte') {
          cutAt(chunk, Math.max(0, cut.byte - passed), cut);
        } else {
          to.write(chunk);
        }
        passed = upTo;
      });
    }
  }

  const server = createServer(relay).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm(cut, times) {
      armed = cut;
      left = times;
      for (const end of ends) {
        end(cut.ending);
      }
    },
    disarm() {
      const uncut = left;
      left = 0;
      return uncut;
    },
    close() {
      server.close();
      for (const end of ends) {
        end('reset');
      }
    },
  };
}
