import type { StoreSettings } from './store-settings.ts';
import { kafkaTopicSettings } from './topic-settings.ts';
import { readVariables, textVariable } from './variables.ts';

export interface JournalConfig {
  readonly dataDir: string;
}

const journalEntries = { DATA_DIR: textVariable('./data') };

/** The journal keeps the topic of each record as well, as Kafka's. */
export const journalSettings = {
  title: 'the journal',
  choosing: [],
  ...kafkaTopicSettings,
  variables: [...Object.keys(journalEntries), ...kafkaTopicSettings.variables],
  read: (env, problems) => ({ dataDir: readVariables(journalEntries, env, problems).DATA_DIR }),
} satisfies StoreSettings<JournalConfig>;
