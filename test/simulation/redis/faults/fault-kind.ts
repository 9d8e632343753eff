import type { Network } from '../../network/network.ts';
import type { Fault } from '../../scenario.ts';
import type { World } from '../../world/world.ts';
import type { RedisService } from '../redis-service.ts';

/** What faults of a Redis happen to. */
export interface RedisPlace {
  readonly world: World;
  readonly network: Network;
  readonly address: string;
  readonly service: RedisService;
  /** A stream whose name something else may take. */
  readonly stream: string;
}

/** @returns heals it */
export type ApplyFault = (place: RedisPlace, fault: Fault) => () => void;

export interface RedisFaultKind {
  readonly apply: ApplyFault;
  /** From and to; nothing for what is over at once. */
  readonly forMs?: readonly [number, number];
  readonly amount?: readonly [number, number];
}

export const short = [50, 3_000] as const;
export const long = [200, 12_000] as const;

export const nothing = () => {};
