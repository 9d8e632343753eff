import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ProcessorObserver } from './processor-observer.ts';

/** What every part of a processor gets. */
export interface PartitionContext {
  /** The events topic. */
  readonly topic: string;
  readonly partition: number;
  /** How long an entity is remembered. */
  readonly windowMs: number;
  /** When only a few records arrive, they are gathered for this time. */
  readonly commitIntervalMs: number;
  readonly observer: ProcessorObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}
