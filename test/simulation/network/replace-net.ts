import { channel } from 'node:diagnostics_channel';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import type { World } from '../world/world.ts';
import type { Network } from './network.ts';
import { createListening, type Listening } from './simulated-listening.ts';
import { destroyInOrder } from './simulated-socket.ts';

type Connect = typeof net.connect;
type Listener = () => void;

/** Node reports each client socket on this channel. */
const clientSockets = channel('net.client.socket');

/** Lets `net.connect` and the servers of node:net and node:http use the simulated network until the round ends. */
export function replaceNet(world: World, network: Network): Disposable {
  const { connect, createConnection } = net;
  const { listen, close, address } = net.Server.prototype;
  const { closeIdleConnections } = http.Server.prototype;
  const listening = new WeakMap<net.Server, Listening>();

  const simulatedConnect = ((...args: unknown[]) => {
    const { options, listener } = toConnectArguments(args);
    const socket = network.connect(options);
    clientSockets.publish({ socket });
    if (listener !== undefined) {
      socket.once('connect', listener);
    }
    return socket;
  }) as unknown as Connect;

  // Node closes the sockets in the order of their memory addresses, which differs in each run.
  http.Server.prototype.closeIdleConnections = function closeInOrder() {
    destroyInOrder(() => closeIdleConnections.call(this));
  };
  Object.assign(net, { connect: simulatedConnect, createConnection: simulatedConnect });
  Object.assign(net.Server.prototype, {
    listen(this: net.Server, ...args: unknown[]) {
      const [first] = args;
      const { port = 0 } = typeof first === 'object' && first !== null ? (first as net.ListenOptions) : {};
      const wanted = typeof first === 'number' ? first : port;
      listening.set(this, createListening({ server: this, world, network, port: wanted }));
      const onListening = findListener(args);
      if (onListening !== undefined) {
        this.once('listening', onListening);
      }
      process.nextTick(() => this.emit('listening'));
      return this;
    },
    close(this: net.Server, onClose?: () => void) {
      if (onClose !== undefined) {
        this.once('close', onClose);
      }
      listening.get(this)?.close();
      return this;
    },
    address(this: net.Server) {
      return { address: '0.0.0.0', family: 'IPv4', port: listening.get(this)?.port ?? 0 };
    },
  });
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      Object.assign(net, { connect, createConnection });
      Object.assign(net.Server.prototype, { listen, close, address });
      http.Server.prototype.closeIdleConnections = closeIdleConnections;
      syncBuiltinESMExports();
    },
  };
}

function toConnectArguments(args: readonly unknown[]) {
  const [first, second] = args;
  const listener = findListener(args);
  const { host = 'localhost', port } =
    typeof first === 'object' && first !== null
      ? (first as net.TcpNetConnectOpts)
      : { host: typeof second === 'string' ? second : undefined, port: Number(first) };
  return { options: { host, port }, listener };
}

function findListener(args: readonly unknown[]): Listener | undefined {
  return args.find((each): each is Listener => typeof each === 'function');
}
