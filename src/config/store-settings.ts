import type { topicRoles } from '../ports/topics.ts';
import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import type { RecordRules } from '../webhook/record-headers.ts';
import { namesOf, patternVariable, readVariables, textVariable, type Values } from './variables.ts';

/** What the configuration knows of a store. A further store is one of these, and a line in `stores.ts`. */
export interface StoreSettings<C> {
  /** For a person. */
  readonly title: string;
  /** The variables that choose it, the usual one first; none of the store that is taken when none is set. */
  readonly choosing: readonly string[];
  /** Those that platforms set for what is attached to an app: they choose when nothing else does. */
  readonly setByPlatforms?: readonly string[];
  /** Those that platforms set, and users too: nobody can tell whether they are a choice. */
  readonly setByBoth?: readonly string[];
  /** Every variable that it reads. */
  readonly variables: readonly string[];
  readonly topicVariables: {
    readonly events: string;
    /** Absent where the name always follows from that of the events. */
    readonly deadLetter?: string;
  };
  readTopics(
    env: Env,
    problems: ConfigProblem[],
  ): { readonly events: string; readonly deadLetter?: string | undefined };
  /** @returns `undefined` when it is not chosen, or there is a problem */
  read(env: Env, problems: ConfigProblem[]): C | undefined;
  /** How many queues or streams share the events of a topic, each with a number behind its name. */
  countShares?(config: C): { readonly count: number; readonly variable: string };
  /** Adds what does not go together with the records. */
  check?(rules: RecordRules, problems: ConfigProblem[]): void;
}

/** Other topics, queues or streams for some events. */
export const topicRulesVariable = textVariable('TOPIC_RULES');

export const defaultTopic = 'comapi.events';

export const topicName = {
  maxLength: 249,
  pattern: /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/,
  expected: 'a topic name (1 to 249 of a-z, A-Z, 0-9, ".", "_", "-")',
};

/** Where the name of a topic may stand, for a message about one that is not there. */
export function nameTopicSettings(
  { topicVariables: { events, deadLetter } }: Pick<StoreSettings<unknown>, 'topicVariables'>,
  role: (typeof topicRoles)[number],
): string {
  const named = role === 'dead-letter' ? (deadLetter ?? events) : `${events}, ${topicRulesVariable.name}`;
  return `${named} or WEBHOOKS_FILE`;
}

const kafkaVariables = {
  events: patternVariable('KAFKA_TOPIC', topicName, defaultTopic),
  deadLetter: patternVariable('KAFKA_DEAD_LETTER_TOPIC', topicName),
};

/** The topics of Kafka, and of the journal. */
export const kafkaTopicSettings = {
  variables: namesOf(kafkaVariables),
  topicVariables: { events: kafkaVariables.events.name, deadLetter: kafkaVariables.deadLetter.name },
  readTopics: (env, problems) => readVariables(kafkaVariables, env, problems),
} satisfies Pick<StoreSettings<unknown>, 'variables' | 'topicVariables' | 'readTopics'>;

const variables = { dataDir: textVariable('DATA_DIR', './data') };

export type JournalConfig = Values<typeof variables>;

/** The journal keeps the topic of each record as well, as Kafka's. */
export const journalSettings = {
  title: 'the journal',
  choosing: [],
  ...kafkaTopicSettings,
  variables: [...namesOf(variables), ...kafkaTopicSettings.variables],
  read: (env, problems) => readVariables(variables, env, problems),
} satisfies StoreSettings<JournalConfig>;
