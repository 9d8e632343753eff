import { createSeededRandom, deriveSeed } from './seeded-random.ts';

/**
 * In which way the provider does not send some events that occurred.
 *
 * - `deliveries`: deliveries here and there
 * - `names`: some events of two names, `message.delivered` and `message.inbound`
 * - `hour`: everything in a while in the middle of the run
 * - `registration`: everything from some time on, as without a registration
 */
export const withholdingWays = ['deliveries', 'names', 'hour', 'registration'] as const;

export interface Withholding {
  readonly way: (typeof withholdingWays)[number];
  /** 0 to 1: of all events; with `names`, of the events of these names. */
  readonly share: number;
}

interface WithholdingRun {
  readonly seed: number;
  /** Total of events. */
  readonly count: number;
}

/** An event of a delivery. A repeat has the number of the event that it repeats. */
interface PlannedEvent {
  readonly slot: number;
  readonly name: string;
  /** The number of its delivery's first event. */
  readonly delivery: number;
}

const withheldNames: readonly string[] = ['message.delivered', 'message.inbound'];
/** So that other draws with the same seed and number are independent. */
const salt = 0x2907;

/** Tells the events that are not sent. The same seed withholds the same ones. */
export function createWithholding(
  { way, share }: Withholding,
  { seed, count }: WithholdingRun,
): (event: PlannedEvent) => boolean {
  const isDrawn = (number: number) => createSeededRandom(deriveSeed(seed ^ salt, number))() < share;
  const middle = count / 2;
  switch (way) {
    case 'deliveries':
      return ({ delivery }) => isDrawn(delivery);
    case 'names':
      return ({ slot, name }) => withheldNames.includes(name) && isDrawn(slot);
    case 'hour':
      return ({ delivery }) => Math.abs(delivery + 0.5 - middle) * 2 < share * count;
    case 'registration':
      return ({ delivery }) => delivery >= (1 - share) * count;
  }
}
