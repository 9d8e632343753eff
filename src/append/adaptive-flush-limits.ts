import type { FlushLimits } from './gather-flush.ts';
import type { LaneFailure } from './lane-connection.ts';
import type { LaneSettings } from './lane-settings.ts';

const shrinkFactor = 32;
const maxShrinks = 2;

/**
 * How much one request may carry. A store that ends the connection at a request may do so because of one
 * record in it: from the second such end in a row on, requests are 32 times smaller, then 1,024 times, so that the other
 * records get past it.
 */
export class AdaptiveFlushLimits {
  readonly #settings: Pick<LaneSettings, 'maxFlushRecords' | 'maxFlushBytes'>;
  #disconnects = 0;

  constructor(settings: Pick<LaneSettings, 'maxFlushRecords' | 'maxFlushBytes'>) {
    this.#settings = settings;
  }

  get(): FlushLimits {
    const { maxFlushRecords, maxFlushBytes } = this.#settings;
    const divisor = shrinkFactor ** Math.min(maxShrinks, Math.max(0, this.#disconnects - 1));
    return { maxRecords: Math.max(1, maxFlushRecords / divisor), maxBytes: maxFlushBytes / divisor };
  }

  /** @param failure of the last request; `undefined` when it was answered */
  update(failure: LaneFailure | undefined): void {
    if (failure === 'connection') {
      this.#disconnects += 1;
    } else if (failure === undefined || failure === 'answer_check') {
      this.#disconnects = 0;
    }
  }
}
