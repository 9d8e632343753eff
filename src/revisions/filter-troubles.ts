import { createTroubles, type Troubles } from '../runtime/troubles.ts';
import type { TroublePlace } from './filter-store.ts';

/** What keeps the filter waiting at present, by place. */
export interface FilterTroubles {
  /** `undefined`: the trouble there is over. */
  observe(place: TroublePlace, error: unknown): void;
  causeAt(place: TroublePlace): string | undefined;
  /** What is reported from now on is a consequence of stopping. */
  stop(): void;
}

interface FilterTroublesDeps extends Pick<Parameters<typeof createTroubles>[0], 'logger' | 'clock'> {
  /** For the operator: what happened, and what to do. */
  readonly describe: (error: unknown) => string;
}

const lineIntervalMs = 5_000;

export function createFilterTroubles({ logger, clock, describe }: FilterTroublesDeps): FilterTroubles {
  const message = 'Kafka keeps the filter waiting';
  const troubles: Troubles = createTroubles({ logger, clock, intervalMs: lineIntervalMs, message });
  let isStopped = false;
  return {
    observe(place, error) {
      if (error === undefined) {
        troubles.clear(toName(place));
      } else if (!isStopped) {
        troubles.report(toName(place), describe(error), error);
      }
    },
    causeAt: (place) => troubles.causeAt(toName(place)),
    stop() {
      isStopped = true;
    },
  };
}

function toName(place: TroublePlace): string {
  return typeof place === 'number' ? `partition ${place}` : place;
}
