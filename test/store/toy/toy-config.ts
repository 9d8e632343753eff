import type { StoreSettings } from '../../../src/config/store-settings.ts';
import { readVariables, textVariable } from '../../../src/config/variables.ts';

const entries = { TOY_NAME: textVariable(undefined), TOY_TOPIC: textVariable('toys') };

export interface ToyConfig {
  readonly name: string;
}

export const toySettings: StoreSettings<ToyConfig> = {
  title: 'the toy',
  choosing: ['TOY_NAME'],
  variables: Object.keys(entries),
  topicVariables: { events: 'TOY_TOPIC', deadLetter: 'TOY_TOPIC', latest: 'TOY_TOPIC', rules: 'TOY_TOPIC' },
  readTopics(env, problems) {
    const { TOY_TOPIC: events } = readVariables(entries, env, problems);
    return { events, deadLetter: `${events}.dead-letter` };
  },
  read(env, problems) {
    const { TOY_NAME: name } = readVariables(entries, env, problems);
    return name === undefined ? undefined : { name };
  },
};
