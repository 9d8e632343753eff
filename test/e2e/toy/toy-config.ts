import type { StoreSettings } from '../../../src/config/store-settings.ts';
import { defineTextVariable, listVariableNames, readVariables } from '../../../src/config/variables.ts';

const variables = { name: defineTextVariable('TOY_NAME'), topic: defineTextVariable('TOY_TOPIC', 'toys') };

export interface ToyConfig {
  readonly name: string;
}

export const toySettings: StoreSettings<ToyConfig> = {
  title: 'the toy',
  selectingVariables: ['TOY_NAME'],
  variables: listVariableNames(variables),
  topicVariables: { events: 'TOY_TOPIC', deadLetter: 'TOY_TOPIC' },
  readTopics(env, problems) {
    const { topic: events } = readVariables(variables, env, problems);
    return { events, deadLetter: `${events}.dead-letter` };
  },
  read(env, problems) {
    const { name } = readVariables(variables, env, problems);
    return name === undefined ? undefined : { name };
  },
};
