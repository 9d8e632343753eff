export interface HistoryEvent {
  readonly entity: string;
  readonly revision: number;
}

export interface HistoryOptions {
  readonly entities: number;
  readonly revisions: number;
  /** How many of all events are sent a second time later on. */
  readonly repeatShare: number;
  /** How many revisions an event may come too late, at most. */
  readonly disorder: number;
  readonly random: () => number;
}

/** Every revision of every entity, out of order and with repeats, entities mixed. */
export function createHistory(options: HistoryOptions): HistoryEvent[] {
  const { entities, revisions, repeatShare, disorder, random } = options;
  const placed: { readonly event: HistoryEvent; readonly at: number }[] = [];
  for (let entity = 0; entity < entities; entity += 1) {
    const start = random() * revisions;
    for (let revision = 1; revision <= revisions; revision += 1) {
      const event = { entity: `entity-${entity}`, revision };
      const at = start + revision + random() * disorder;
      placed.push({ event, at });
      if (random() < repeatShare) {
        placed.push({ event, at: at + random() * disorder * 2 });
      }
    }
  }
  return placed.toSorted((a, b) => a.at - b.at).map(({ event }) => event);
}
