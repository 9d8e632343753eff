import type { topicRoles } from '../ports/topics.ts';
import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import type { RecordRules } from '../webhook/record-headers.ts';
import {
  definePatternVariable,
  defineTextVariable,
  listVariableNames,
  readVariables,
  type Values,
} from './variables.ts';

/** The settings of one kind of store. To add a store, implement this interface and add a line to `stores.ts`. */
export interface StoreSettings<C> {
  /** Name of the store in messages. */
  readonly title: string;
  /** Variables that select this store, with the recommended variable first. Empty for the default store. */
  readonly selectingVariables: readonly string[];
  /**
   * Variables that platforms set for attached services. These variables select the store only if no other variable
   * selects one.
   */
  readonly platformVariables?: readonly string[];
  /** Store-selecting variables that both platforms and users may set. The program cannot tell who set them. */
  readonly ambiguousVariables?: readonly string[];
  readonly variables: readonly string[];
  readonly topicVariables: {
    readonly events: string;
    /** Absent if no variable sets the dead-letter name, which is then derived from the name of the events topic. */
    readonly deadLetter?: string;
  };
  readTopics(
    env: Env,
    problems: ConfigProblem[],
  ): { readonly events: string; readonly deadLetter?: string | undefined };
  /** @returns `undefined` if the store is not selected, or if there is a problem */
  read(env: Env, problems: ConfigProblem[]): C | undefined;
  /**
   * Number of queues or streams among which a topic's events are distributed, and the variable that sets this number.
   * The names of these queues or streams end with a number.
   */
  countShares?(config: C): { readonly count: number; readonly variable: string };
  /** Adds a problem for each record rule that the store does not support. */
  check?(rules: RecordRules, problems: ConfigProblem[]): void;
}

/** Rules that route some events to other topics, queues or streams. */
export const topicRulesVariable = defineTextVariable('TOPIC_RULES');

export const defaultTopic = 'comapi.events';

export const topicName = {
  maxLength: 249,
  pattern: /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/,
  expected: 'a topic name (1 to 249 characters from a-z, A-Z, 0-9, ".", "_", "-")',
};

/** Lists the settings that may contain the name of a topic, for a message about a missing topic. */
export function nameTopicSettings(
  { topicVariables: { events, deadLetter } }: Pick<StoreSettings<unknown>, 'topicVariables'>,
  role: (typeof topicRoles)[number],
): string {
  const settingNames =
    role === 'dead-letter' ? (deadLetter ?? events) : `${events}, ${topicRulesVariable.name}`;
  return `${settingNames} or WEBHOOKS_FILE`;
}

const kafkaVariables = {
  events: definePatternVariable('KAFKA_TOPIC', topicName, defaultTopic),
  deadLetter: definePatternVariable('KAFKA_DEAD_LETTER_TOPIC', topicName),
};

/** The topic settings of Kafka and the journal. */
export const kafkaTopicSettings = {
  variables: listVariableNames(kafkaVariables),
  topicVariables: { events: kafkaVariables.events.name, deadLetter: kafkaVariables.deadLetter.name },
  readTopics: (env, problems) => readVariables(kafkaVariables, env, problems),
} satisfies Pick<StoreSettings<unknown>, 'variables' | 'topicVariables' | 'readTopics'>;

const journalVariables = { dataDir: defineTextVariable('DATA_DIR', './data') };

export type JournalConfig = Values<typeof journalVariables>;

/** The settings of the journal. Like Kafka records, journal records have topics. */
export const journalSettings = {
  title: 'the journal',
  selectingVariables: [],
  ...kafkaTopicSettings,
  variables: [...listVariableNames(journalVariables), ...kafkaTopicSettings.variables],
  read: (env, problems) => readVariables(journalVariables, env, problems),
} satisfies StoreSettings<JournalConfig>;
