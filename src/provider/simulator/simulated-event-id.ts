/** The identifier of each event holds the run's seed and the event's number. */
export interface SimulatedEventId {
  readonly seed: number;
  readonly slot: number;
}

/** It has the form of a UUID of version 4. */
export function toSimulatedEventId({ seed, slot }: SimulatedEventId): string {
  return `${seed.toString(16).padStart(8, '0')}-51a7-4ced-8a7e-${slot.toString(16).padStart(12, '0')}`;
}

export function parseSimulatedEventId(text: string): SimulatedEventId | undefined {
  const [, seed, slot] = /^([0-9a-f]{8})-51a7-4ced-8a7e-([0-9a-f]{12})$/.exec(text) ?? [];
  return seed === undefined || slot === undefined
    ? undefined
    : { seed: Number.parseInt(seed, 16), slot: Number.parseInt(slot, 16) };
}
