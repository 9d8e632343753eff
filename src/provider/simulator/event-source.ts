import { blockSize, createEventBlock, type SimulatedEvent } from './event-block.ts';

/** The events of one run by their number. */
export interface EventSource {
  readonly seed: number;
  at(slot: number): SimulatedEvent;
}

/** About 64 × 256 events of 700 bytes. */
const maxCachedBlocks = 64;

export function createEventSource(seed: number): EventSource {
  const blocks = new Map<number, readonly SimulatedEvent[]>();

  function loadBlock(number: number): readonly SimulatedEvent[] {
    const block = createEventBlock(seed, number);
    blocks.set(number, block);
    if (blocks.size > maxCachedBlocks) {
      blocks.delete(blocks.keys().next().value ?? 0);
    }
    return block;
  }

  return {
    seed,
    at(slot) {
      const number = Math.floor(slot / blockSize);
      return (blocks.get(number) ?? loadBlock(number))[slot % blockSize] as SimulatedEvent;
    },
  };
}

/** One delivery's body: an object, or an array when the registration has batches. */
export function toDeliveryBody(
  source: EventSource,
  { first, count }: { readonly first: number; readonly count: number },
  batched: boolean,
): Buffer {
  if (!batched) {
    return Buffer.from(source.at(first).json);
  }
  let text = `[${source.at(first).json}`;
  for (let slot = first + 1; slot < first + count; slot += 1) {
    text += `,${source.at(slot).json}`;
  }
  return Buffer.from(`${text}]`);
}
