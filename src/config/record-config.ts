import { defaultKeyRulesText, parseKeyRules } from '../webhook/key-rules.ts';
import { parseRecordHeaders } from '../webhook/record-headers.ts';
import { integerVariable, parsedVariable } from './variables.ts';

const mebibyte = 1024 * 1024;

/** The size limit of a body is that of a dead letter as well. */
export const maxBodyBytesVariable = integerVariable('MAX_BODY_BYTES', 10 * mebibyte, {
  min: 1024,
  max: 100 * mebibyte,
});

/** How records are made of events: by the receiver, and by commands that do as it does. */
export const recordVariables = {
  keyRules: parsedVariable('KEY_RULES', parseKeyRules, defaultKeyRulesText),
  recordHeaders: parsedVariable('RECORD_HEADERS', parseRecordHeaders),
};
