import type { Network } from '../network/network.ts';
import type { ServerWorld } from '../world/world.ts';
import type { CommandWords } from './command-reader.ts';
import { type Conditions, createConditions } from './conditions.ts';
import { createRedisNode } from './create-redis-node.ts';
import type { Disturbance } from './disturbance.ts';
import type { RedisNode } from './redis-node.ts';
import { createReplication, type Replication } from './replication.ts';

/** What stands behind one address: a primary, with a replica or without. */
export interface RedisService {
  /** What its servers are set to when nothing is wrong. */
  readonly conditions: Conditions;
  /** What goes wrong with commands; the first that says something counts. */
  readonly disturbances: Set<(words: CommandWords) => Disturbance | undefined>;
  /** Where the address leads. */
  primary(): RedisNode;
  replica(): RedisNode | undefined;
  /** Ends one of them; what its machine keeps is there when it starts again. */
  kill(node: RedisNode, keeps: 'written' | 'synced'): void;
  start(node: RedisNode): void;
  /** The replica follows, or gets nothing any more. */
  setLink(isUp: boolean): void;
  /**
   * The replica becomes the primary, whatever the old one does, and the address leads to it from the next connection on. The old one may take itself for
   * a primary for a while longer, but has no replica then.
   */
  failOver(oldLearnsAfterMs: number): void;
}

interface RedisServiceDeps {
  readonly world: ServerWorld;
  readonly network: Pick<Network, 'listen'>;
  readonly address: string;
  readonly hasReplica: boolean;
  readonly conditions: Partial<Conditions>;
  readonly nowMs: () => number;
}

const restartMs = 1_000;

export function createRedisService(deps: RedisServiceDeps): RedisService {
  const { world, network, address, hasReplica, nowMs } = deps;
  const conditions = createConditions(deps.conditions);
  const disturbances: RedisService['disturbances'] = new Set();
  const create = (name: string) => {
    const node = createRedisNode({
      ...{ name, world, conditions, nowMs, disturb },
      onExit: () => restart(node),
    });
    return node;
  };
  let primary = create('redis 1');
  let replica = hasReplica ? create('redis 2') : undefined;
  let replication: Replication | undefined;
  let stopListening: (() => void) | undefined;

  function disturb(words: CommandWords): Disturbance | undefined {
    for (const each of disturbances) {
      const disturbance = each(words);
      if (disturbance !== undefined) {
        return disturbance;
      }
    }
    return undefined;
  }

  function listen(): void {
    stopListening?.();
    stopListening = primary.isDown()
      ? undefined
      : network.listen(address, (socket) => primary.accept(socket));
  }

  function join(): void {
    replication?.end();
    replication = replica && createReplication(world, primary, replica);
    replica?.setRole('replica');
    primary.setRole('primary', replication);
  }

  /** What a supervisor does. */
  function restart(node: RedisNode): void {
    replication?.setLink(false);
    listen();
    world.after(restartMs, () => start(node));
  }

  function start(node: RedisNode): void {
    if (node.isDown()) {
      node.start(world.random.between(1, 2_000));
      replication?.setLink(true);
      listen();
    }
  }

  join();
  listen();
  return {
    conditions,
    disturbances,
    primary: () => primary,
    replica: () => replica,
    kill(node, keeps) {
      node.kill(keeps);
      replication?.setLink(false);
      listen();
    },
    start,
    setLink: (isUp) => replication?.setLink(isUp),
    failOver(oldLearnsAfterMs) {
      const [old, next] = [primary, replica];
      // Whatever is confirmed the only replica has, so it may be behind in everything else.
      if (next?.isRunning()) {
        world.note(next.name, `becomes the primary with ${next.log.length} of ${old.log.length} steps`);
        replication?.end();
        replication = undefined;
        [primary, replica] = [next, old];
        primary.setRole('primary');
        old.setRole('primary');
        listen();
        world.after(oldLearnsAfterMs, join);
      }
    },
  };
}
