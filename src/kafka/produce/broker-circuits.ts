import type { CircuitState } from '../../append/circuit.ts';
import type { ProduceDeps } from './produce-deps.ts';

const severity: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

/** Reports the circuit of each broker: its state is the worst of its lanes. */
export class BrokerCircuits {
  readonly #deps: Pick<ProduceDeps, 'metrics' | 'logger'>;
  readonly #reported = new Map<number, CircuitState>();

  constructor(deps: Pick<ProduceDeps, 'metrics' | 'logger'>) {
    this.#deps = deps;
  }

  /** @param states of all lanes to this broker */
  update(broker: number, states: readonly CircuitState[]): void {
    const { metrics, logger } = this.#deps;
    const state = states.reduce((worst, each) => (severity[each] > severity[worst] ? each : worst), 'closed');
    const previous = this.#reported.get(broker) ?? 'closed';
    if (state === previous) {
      return;
    }
    this.#reported.set(broker, state);
    metrics.circuitChanged(broker, state);
    if (state === 'open' && previous === 'closed') {
      logger.error(
        { broker },
        'kafka broker takes no records: deliveries with records for its partitions are refused until it does',
      );
    } else if (state === 'closed') {
      logger.info({ broker }, 'kafka broker takes records again');
    }
  }

  /** The broker has no lane any more. */
  forget(broker: number): void {
    this.#reported.delete(broker);
    this.#deps.metrics.forgotten(broker);
  }
}
