import type { Duplex } from 'node:stream';
import type { AppendOnlyFile, Step } from './append-only-file.ts';
import type { Conditions } from './conditions.ts';
import type { Change, Keyspace } from './keyspace.ts';
import type { Replication } from './replication.ts';

/** One server: its process, what it holds in memory, and what its disk has. */
export interface RedisNode {
  readonly name: string;
  readonly conditions: Conditions;
  readonly file: AppendOnlyFile;
  /** All that it has done, step by step. */
  readonly log: readonly Step[];
  data(): Keyspace;
  /** What would be left after a power cut. */
  syncedData(): Keyspace;
  accept(socket: Duplex): void;
  /** It has loaded its data, and is not held up. */
  isRunning(): boolean;
  isDown(): boolean;
  isLoading(): boolean;
  isPrimary(): boolean;
  /** Its replica, if it has one. */
  replication(): Replication | undefined;
  /** It has a replica from now on, or is one, or neither. */
  setRole(role: 'primary' | 'replica', replication?: Replication): void;
  /** A change that an operator or another client makes. */
  change(change: Change): void;
  /** As a replica: does the same steps, or has all of them instead of its own. */
  follow(steps: readonly Step[]): void;
  copy(log: readonly Step[]): void;
  /** Looks after connections that have something to do, or wait for something. */
  serve(): void;
  /** Ends it at once; what the machine keeps is there when it starts again. */
  kill(keeps: 'written' | 'synced'): void;
  /** It answers that it is loading for so long. */
  start(loadMs: number): void;
  /** Connections stay up, nothing is answered. */
  pause(): void;
  resume(): void;
}
