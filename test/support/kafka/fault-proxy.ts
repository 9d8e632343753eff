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
  /** Share of the produce answers that are lost, 0 to 1. */
  readonly probability: number;
  /** The connection is cut at that moment, or stays up and never says another word. */
  readonly ending: Exclude<AnswerFate, 'pass'>;
}

interface FaultProxyOptions {
  readonly brokerPort: number;
  /** Decides which answers are lost; in [0, 1). */
  readonly random: () => number;
}

export type FaultProxy = Awaited<ReturnType<typeof createFaultProxy>>;

/**
 * A TCP proxy in front of one broker, whose advertised address it is. It knows enough of Kafka's protocol to lose the
 * answer of a produce request that the broker has already taken, and to tell other settings than the broker has.
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
    /** `host:port` for clients. */
    address: `127.0.0.1:${port}`,
    port,
    get connectionCount() {
      return connections.size;
    },
    /** Connections that were ever accepted. */
    get acceptedCount() {
      return acceptedCount;
    },
    /** Ends every fault: opened, thawed, no delay, no drops, settings and bytes as they are. Connections that stand are kept. */
    async pass() {
      delayMs = 0;
      drop = undefined;
      edit = undefined;
      spoil = undefined;
      thawOrFreeze(false);
      await open();
    },
    /** Holds every frame back for so long, both ways. */
    delay(value: number) {
      delayMs = value;
    },
    dropAnswers(value: DropAnswers) {
      drop = value;
    },
    /** Clients read settings as they come out of here, or do not find them. */
    editSettings(value: EditSetting) {
      edit = value;
    },
    /** Clients get other bytes than the broker sent. */
    spoilAnswers(value: SpoilAnswer) {
      spoil = value;
    },
    /** Cuts every connection; new ones are welcome. Gives their number. */
    cutAll,
    /** Connections are accepted and stay up; nothing is forwarded. */
    freeze: () => thawOrFreeze(true),
    /** Cuts every connection and closes the port. */
    refuse,
    close: refuse,
  };
}
