import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { closeServer, trackSockets } from '../close-server.ts';

/** A response that the server is about to send, with the command that it answers. */
export interface NextAnswer {
  readonly socket: Socket;
  /** Index of the command on its connection, starting at 0. */
  readonly step: number;
  readonly args: readonly string[];
  readonly bytes: string;
}

/** A server that implements only the commands that the sink needs. A test can make it disconnect at any point. */
export interface RespServer {
  /** URL with a password and a database, so that a login includes every step. */
  readonly url: string;
  /** Sends the response. A test may replace this function to send different bytes, disconnect, or do nothing. */
  answer: (next: NextAnswer) => void;
  /** Called with each new connection before the server reads any data from the connection. */
  accept: (socket: Socket) => void;
  /** Closes all connections. */
  breakOff(): void;
  openConnections(): number;
  /** Returns the number of connections that were opened so far. */
  connections(): number;
  close(): Promise<void>;
}

export const sendAnswer = ({ socket, bytes }: NextAnswer): void => void socket.write(bytes, 'latin1');

export async function startRespServer(): Promise<RespServer> {
  let connections = 0;

  const listening = createServer((socket) => {
    let received = '';
    let step = 0;
    connections += 1;
    socket.on('error', () => {});
    server.accept(socket);
    socket.on('data', (data) => {
      received += data.toString('latin1');
      for (let taken = takeCommand(received); taken !== undefined; taken = takeCommand(received)) {
        received = taken.rest;
        server.answer({ socket, step, args: taken.args, bytes: reply(taken.args) });
        step += 1;
      }
    });

    function reply([command = '', name = '']: readonly string[]): string {
      return command === 'CONFIG' ? `*2\r\n${toBulk(name)}${toBulk('yes')}` : (usual[command] ?? '+OK\r\n');
    }
  });

  const { count, cutAll } = trackSockets(listening);
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const server: RespServer = {
    url: `redis://:only-for-this-test@127.0.0.1:${port}/1`,
    answer: sendAnswer,
    accept: () => {},
    breakOff: cutAll,
    openConnections: count,
    connections: () => connections,
    close: () => closeServer(listening, cutAll),
  };
  return server;
}

export const toBulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

const usual: Readonly<Record<string, string>> = {
  INFO: toBulk(
    [
      'redis_version:7.2.4',
      'used_memory:1',
      'maxmemory:0',
      'maxmemory_policy:noeviction',
      'aof_enabled:1',
      'role:master',
    ].join('\r\n'),
  ),
  XADD: toBulk('1-1'),
  WAITAOF: '*2\r\n:1\r\n:0\r\n',
  EXISTS: ':1\r\n',
  XLEN: ':1\r\n',
  PTTL: ':-1\r\n',
};

/** Parses one command, which is encoded as a list of strings. */
function takeCommand(text: string): { readonly args: readonly string[]; readonly rest: string } | undefined {
  const [head, count] = /^\*(\d+)\r\n/.exec(text) ?? [];
  if (head === undefined) {
    return undefined;
  }
  const args: string[] = [];
  let at = head.length;
  while (args.length < Number(count)) {
    const [line = '', length] = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20)) ?? [];
    const end = at + line.length + Number(length);
    if (line === '' || text.length < end + 2) {
      return undefined;
    }
    args.push(text.slice(at + line.length, end));
    at = end + 2;
  }
  return { args, rest: text.slice(at) };
}
