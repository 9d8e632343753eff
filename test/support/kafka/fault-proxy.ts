import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { closeServer } from '../close-server.ts';
import { freePorts } from '../free-ports.ts';
import type { EditSetting } from './edit-configs-answer.ts';
import {
  type AnswerFate,
  createProxyConnection,
  type ProxyConnection,
  type SpoilAnswer,
} from './proxy-connection.ts';

export interface DropAnswers {
  /** Probability, from 0 to 1, that the response to a produce request is lost. */
  readonly probability: number;
  /** What happens to the connection of a lost response: it is closed, or it stays open and carries no further data. */
  readonly ending: Exclude<AnswerFate, 'pass'>;
}

interface FaultProxyOptions {
  readonly brokerPort: number;
  /** Returns a random number from 0 up to, but not including, 1, which decides whether a response is lost. */
  readonly random: () => number;
}

export type FaultProxy = Awaited<ReturnType<typeof createFaultProxy>>;

/**
 * Creates a TCP proxy in front of one broker, which advertises the proxy's address. The proxy can drop the response to
 * a produce request that the broker has already executed, and can report settings that differ from the broker's
 * settings.
 */
export async function createFaultProxy({ brokerPort, random }: FaultProxyOptions) {
  const [port = 0] = await freePorts(1);
  const connections = new Set<ProxyConnection>();
  let delayMs = 0;
  let isFrozen = false;
  let drop: DropAnswers | undefined;
  let edit: EditSetting | undefined;
  let spoil: SpoilAnswer | undefined;
  let acceptedCount = 0;
  let server: Server | undefined;

  const rules = {
    delayMs: () => delayMs,
    isFrozen: () => isFrozen,
    editSetting: () => edit,
    spoilAnswer: ((answer) => spoil?.(answer)) satisfies SpoilAnswer,
    fateOfProduceAnswer: () => (drop === undefined || random() >= drop.probability ? 'pass' : drop.ending),
  };

  function thawOrFreeze(frozen: boolean): void {
    isFrozen = frozen;
    for (const connection of connections) {
      connection.applyFreeze();
    }
  }

  function cutAll(): number {
    const count = connections.size;
    for (const connection of connections) {
      connection.cut();
    }
    return count;
  }

  async function open(): Promise<void> {
    if (server === undefined) {
      server = createServer((client) => {
        acceptedCount += 1;
        const connection = createProxyConnection(client, brokerPort, rules, () =>
          connections.delete(connection),
        );
        connections.add(connection);
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    }
  }

  async function refuse(): Promise<void> {
    const closing = server;
    server = undefined;
    if (closing !== undefined) {
      await closeServer(closing, cutAll);
    }
  }

  await open();
  return {
    /** Address that clients use, as `host:port`. */
    address: `127.0.0.1:${port}`,
    port,
    get connectionCount() {
      return connections.size;
    },
    /** Number of connections accepted so far. */
    get acceptedCount() {
      return acceptedCount;
    },
    /**
     * Ends all faults: opens the port, resumes forwarding, and removes delays, drops and alterations. Existing
     * connections are kept.
     */
    async pass() {
      delayMs = 0;
      drop = undefined;
      edit = undefined;
      spoil = undefined;
      thawOrFreeze(false);
      await open();
    },
    /** Delays every frame by this time, in both directions. */
    delay(value: number) {
      delayMs = value;
    },
    dropAnswers(value: DropAnswers) {
      drop = value;
    },
    /** Alters or removes settings in the responses to clients. */
    editSettings(value: EditSetting) {
      edit = value;
    },
    /** Alters the bytes that clients receive. */
    spoilAnswers(value: SpoilAnswer) {
      spoil = value;
    },
    /** Closes all connections but continues to accept new connections. Returns the number of closed connections. */
    cutAll,
    /** Accepts connections and keeps them open, but forwards no data. */
    freeze: () => thawOrFreeze(true),
    /** Closes all connections and stops listening. */
    refuse,
    close: refuse,
  };
}
