export type Fate = 'ack' | 'nack';

export interface Confirm {
  readonly fate: Fate;
  readonly deliveryTag: number;
  readonly multiple: boolean;
}

/** Tracks the unconfirmed messages of a channel, and combines their confirms as RabbitMQ does. */
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
    /** Adds a message. @returns the delivery tag of the message */
    next() {
      last += 1;
      open.add(last);
      return last;
    },
    /** Sets the outcome of a message. */
    decide(deliveryTag: number, fate: Fate) {
      open.delete(deliveryTag);
      decided[fate].push(deliveryTag);
    },
    /**
     * Returns the confirms that can be sent now. One confirm covers consecutive messages with the same outcome, up to
     * the first message with a different outcome or without an outcome.
     */
    take() {
      const confirms = [...gather('ack', 'nack'), ...gather('nack', 'ack')];
      decided = { ack: [], nack: [] };
      return confirms;
    },
  };
}
