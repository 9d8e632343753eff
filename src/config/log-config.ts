import { logLevels } from '../runtime/logger.ts';
import { choiceVariable } from './variables.ts';

/** Values of `LOG_FORMAT`. */
export const logFormats = ['json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];

export const logEntries = {
  LOG_LEVEL: choiceVariable(logLevels, 'info'),
  LOG_FORMAT: choiceVariable(logFormats, undefined),
};
