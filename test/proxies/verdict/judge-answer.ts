import type { Delivery } from '../traffic/create-delivery.ts';
import type { Answer } from '../traffic/send-delivery.ts';

/**
 * `own`: the correct answer. `refused`: the provider must retry the delivery. `foreign`: the answer to another
 * delivery, or an answer that loses data.
 */
export type AnswerVerdict = 'own' | 'refused' | 'foreign';

/** Statuses of a receiver that rejects a delivery, and of a proxy that lost its connection to the receiver. */
const refusals = new Set([502, 503, 504]);

export function judgeAnswer({ expected }: Delivery, answer: Answer): AnswerVerdict {
  if (answer === undefined || refusals.has(answer.status)) {
    return 'refused';
  }
  return answer.status === expected.status && answer.body === expected.body ? 'own' : 'foreign';
}
