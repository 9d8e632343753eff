import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { patternVariable, readVariables } from './variables.ts';

export interface TopicNames {
  readonly events: string;
  readonly deadLetter: string;
  /** Compacted, written by the revision filter. */
  readonly latest: string;
}

const topicPattern = /^[a-zA-Z0-9._-]{1,249}$/;
const topicExpected = 'a topic name (1 to 249 of a-z, A-Z, 0-9, ".", "_", "-")';

const entries = {
  KAFKA_TOPIC: patternVariable('comapi.events', topicPattern, topicExpected),
  KAFKA_DEAD_LETTER_TOPIC: patternVariable('comapi.events.dead-letter', topicPattern, topicExpected),
  KAFKA_LATEST_TOPIC: patternVariable('comapi.events.latest', topicPattern, topicExpected),
};

/** The topics of every store: the journal keeps the topic of each record as well. */
export function readTopicNames(env: Env, problems: ConfigProblem[]): TopicNames {
  const read = readVariables(entries, env, problems);
  return {
    events: read.KAFKA_TOPIC,
    deadLetter: read.KAFKA_DEAD_LETTER_TOPIC,
    latest: read.KAFKA_LATEST_TOPIC,
  };
}
