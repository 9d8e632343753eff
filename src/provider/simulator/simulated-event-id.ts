/** Events of one run are numbered; the number and the run's seed are in each event's identifier. */
export interface SimulatedEventId {
  readonly seed: number;
  readonly slot: number;
}

/** A UUID of version 4 by its form. */
export function toSimulatedEventId({ seed, slot }: SimulatedEventId): string {
  return `${seed.toString(16).padStart(8, '0')}-51a7-4ced-8a7e-${slot.toString(16).padStart(12, '0')}`;
}

export function parseSimulatedEventId(text: string): SimulatedEventId | undefined {
  const [, seed, slot] = /^([0-9a-f]{8})-51a7-4ced-8a7e-([0-9a-f]{12})$/.exec(text) ?? [];
  return seed === undefined || slot === undefined
    ? undefined
    : { seed: Number.parseInt(seed, 16), slot: Number.parseInt(slot, 16) };
}
