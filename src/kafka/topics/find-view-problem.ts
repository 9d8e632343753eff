import type { TopicView } from '../cluster/cluster-view.ts';
import { formatKafkaError } from '../errors/format-kafka-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';

/** Why nothing can be written to a topic that a broker describes so, for a person; `undefined` when it can. */
export function findViewProblem(topic: string, view: TopicView | undefined): string | undefined {
  if (view === undefined || view.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
    return `the topic ${topic} does not exist: create it with "comapi-webhook topics"`;
  }
  if (view.errorCode === errorCodes.TOPIC_AUTHORIZATION_FAILED) {
    return `access to the topic ${topic} is denied: ${formatKafkaError(view.errorCode, { api: 'Metadata', topic })}; the receiver needs Write on it, which includes Describe`;
  }
  return view.partitions.length === 0
    ? `the topic ${topic} is not ready (code ${view.errorCode})`
    : undefined;
}
