import type { Delivery } from '../traffic/create-delivery.ts';
import type { Answer } from '../traffic/send-delivery.ts';

/** `refused`: to be sent again. `foreign`: it was never the answer to this delivery, or would cost the data. */
export type AnswerVerdict = 'own' | 'refused' | 'foreign';

/** Said by the receiver, or by a proxy whose connection to it was cut. */
const refusals = new Set([502, 503, 504]);

export function judgeAnswer({ expected }: Delivery, answer: Answer): AnswerVerdict {
  if (answer === undefined || refusals.has(answer.status)) {
    return 'refused';
  }
  return answer.status === expected.status && answer.body === expected.body ? 'own' : 'foreign';
}
