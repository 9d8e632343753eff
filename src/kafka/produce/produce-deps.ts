import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import type { ProduceSettings } from './produce-settings.ts';

/** What every part of the way to a broker is given. */
export interface ProduceDeps {
  readonly settings: ProduceSettings;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
  /** Something failed that a move of leadership could explain: asks for a new view of the cluster soon. */
  readonly refreshView: () => void;
  /** Whether records are taken may have changed. */
  readonly onChange: () => void;
}
