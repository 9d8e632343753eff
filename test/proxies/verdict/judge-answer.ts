import type { Delivery } from '../traffic/create-delivery.ts';
import type { Answer } from '../traffic/send-delivery.ts';

/** `refused`: the provider must retry the delivery. `foreign`: the answer belongs to another delivery, or loses the data. */
export type AnswerVerdict = 'own' | 'refused' | 'foreign';

/** Statuses of the receiver, and of a proxy whose connection to the receiver was closed. */
const refusals = new Set([502, 503, 504]);

export function judgeAnswer({ expected }: Delivery, answer: Answer): AnswerVerdict {
  if (answer === undefined || refusals.has(answer.status)) {
    return 'refused';
  }
  return answer.status === expected.status && answer.body === expected.body ? 'own' : 'foreign';
}
