import { kafkaTopicSettings, type StoreSettings } from './store-settings.ts';
import { namesOf, readVariables, textVariable, type Values } from './variables.ts';

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
