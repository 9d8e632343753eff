import { toErrorCode } from './error-code.ts';
import type { StoredBatch } from './stored-batch.ts';

/** An aborted transaction: the offsets of its first record and of its marker. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

interface ProducerState {
  epoch: number;
  /** The most recent batches, which are compared with a new batch to detect a repetition. */
  batches: StoredBatch[];
}

const rememberedBatches = 5;

/** State that a log keeps about idempotent and transactional producers: epochs, sequence numbers and transactions. */
export function createProducerStates() {
  const producers = new Map<bigint, ProducerState>();
  const open = new Map<bigint, number>();
  const aborted: AbortedTransaction[] = [];

  function stateOf(producerId: bigint): ProducerState {
    const state = producers.get(producerId) ?? { epoch: -1, batches: [] };
    producers.set(producerId, state);
    return state;
  }

  return {
    /**
     * Checks a batch. Returns error code 0 if the batch may be appended, and also the stored batch if the new batch
     * repeats it.
     */
    judge(batch: StoredBatch) {
      const state = producers.get(batch.producerId);
      if (batch.producerId < 0n || state === undefined) {
        return { errorCode: 0 };
      }
      if (batch.producerEpoch < state.epoch) {
        return { errorCode: toErrorCode('INVALID_PRODUCER_EPOCH') };
      }
      const last = state.batches.at(-1);
      if (batch.producerEpoch > state.epoch || last === undefined) {
        return { errorCode: batch.firstSequence === 0 ? 0 : toErrorCode('OUT_OF_ORDER_SEQUENCE_NUMBER') };
      }
      const duplicate = state.batches.find(
        ({ firstSequence, count }) => firstSequence === batch.firstSequence && count === batch.count,
      );
      if (duplicate !== undefined) {
        return { errorCode: 0, duplicate };
      }
      const isNext = batch.firstSequence === last.firstSequence + last.count;
      return { errorCode: isNext ? 0 : toErrorCode('OUT_OF_ORDER_SEQUENCE_NUMBER') };
    },
    note(batch: StoredBatch) {
      const { producerId, producerEpoch, marker, baseOffset, lastOffset } = batch;
      if (producerId < 0n) {
        return;
      }
      const state = stateOf(producerId);
      if (producerEpoch > state.epoch) {
        state.epoch = producerEpoch;
        state.batches = [];
      }
      if (marker === undefined) {
        state.batches = [...state.batches, batch].slice(-rememberedBatches);
        if (batch.isTransactional && !open.has(producerId)) {
          open.set(producerId, baseOffset);
        }
        return;
      }
      const firstOffset = open.get(producerId);
      open.delete(producerId);
      if (firstOffset !== undefined && marker === 'abort') {
        aborted.push({ producerId, firstOffset, lastOffset });
      }
    },
    hasOpenTransaction: (producerId: bigint) => open.has(producerId),
    /** First offset of the open transactions. `undefined` if no transaction is open. */
    firstOpenOffset: () => (open.size === 0 ? undefined : Math.min(...open.values())),
    abortedFrom: (offset: number) => aborted.filter(({ lastOffset }) => lastOffset >= offset),
  };
}
