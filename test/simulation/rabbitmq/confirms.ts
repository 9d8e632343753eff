export type Fate = 'ack' | 'nack';

export interface Confirm {
  readonly fate: Fate;
  readonly deliveryTag: number;
  readonly multiple: boolean;
}

/** Knows which messages of a channel are not confirmed yet, and gathers confirms as RabbitMQ does. */
export function createConfirms() {
  const open = new Set<number>();
  let decided: Record<Fate, number[]> = { ack: [], nack: [] };
  let last = 0;

  function gather(fate: Fate, other: Fate): Confirm[] {
    const tags = decided[fate].toSorted((a, b) => a - b);
    if (tags.length === 1 && fate === 'ack') {
      return tags.map((deliveryTag) => ({ fate, deliveryTag, multiple: false }));
    }
    const cutoff = Math.min(...open, ...decided[other]);
    const together = tags.filter((tag) => tag < cutoff);
    return [
      ...together.slice(-1).map((deliveryTag) => ({ fate, deliveryTag, multiple: true })),
      ...tags.slice(together.length).map((deliveryTag) => ({ fate, deliveryTag, multiple: false })),
    ];
  }

  return {
    /** @returns the number of the next message */
    next() {
      last += 1;
      open.add(last);
      return last;
    },
    /** Its fate is known. */
    decide(deliveryTag: number, fate: Fate) {
      open.delete(deliveryTag);
      decided[fate].push(deliveryTag);
    },
    /** What can be told now: all of a fate below the first message of another fate, or of none yet, together. */
    take() {
      const confirms = [...gather('ack', 'nack'), ...gather('nack', 'ack')];
      decided = { ack: [], nack: [] };
      return confirms;
    },
  };
}
