import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Network } from '../network/network.ts';

/** HTTP agent that keeps connections alive on the simulated network. */
export class NetworkAgent extends Agent {
  readonly #network: Network;
  readonly #host: string;
  readonly #port: number;

  constructor(network: Network, { host, port }: { readonly host: string; readonly port: number }) {
    super({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, scheduling: 'fifo' });
    this.#network = network;
    this.#host = host;
    this.#port = port;
  }

  override createConnection(): Duplex {
    return this.#network.connect({ host: this.#host, port: this.#port });
  }
}
