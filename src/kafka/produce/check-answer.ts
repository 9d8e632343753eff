import type { PartitionAnswer } from './produce-connection.ts';

/** `missing`: the answer does not say that the batch is stored, nor why not. */
export type BatchOutcome = 'stored' | 'missing' | { readonly errorCode: number };

/**
 * Reads the outcome of each batch out of a broker's answer. Stored is only what the answer names with error code 0 and
 * an offset: an answer that leaves a partition out, or gives no offset, has acknowledged nothing.
 */
export function checkAnswer(
  batches: readonly { readonly topic: string; readonly partition: number }[],
  answers: readonly PartitionAnswer[],
): BatchOutcome[] {
  return batches.map(({ topic, partition }) => {
    const answer = answers.find((each) => each.partition === partition && each.topic === topic);
    if (answer === undefined) {
      return 'missing';
    }
    if (answer.errorCode !== 0) {
      return { errorCode: answer.errorCode };
    }
    return /^\d+$/.test(answer.baseOffset) ? 'stored' : 'missing';
  });
}
