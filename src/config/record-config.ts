import { defaultKeyRulesText, parseKeyRules } from '../webhook/key-rules.ts';
import { parseRecordHeaders } from '../webhook/record-headers.ts';
import { defineIntegerVariable, defineParsedVariable } from './variables.ts';

const mebibyte = 1024 * 1024;

/** The size limit of a request body, and of a dead letter. */
export const maxBodyBytesVariable = defineIntegerVariable('MAX_BODY_BYTES', 10 * mebibyte, {
  min: 1024,
  max: 100 * mebibyte,
});

/** Variables that define the headers of every record that the receiver, the filter and the commands write. */
export const headerVariables = {
  recordHeaders: defineParsedVariable('RECORD_HEADERS', parseRecordHeaders, ''),
};

/** Variables that define how the receiver and the commands turn events into records. */
export const recordVariables = {
  ...headerVariables,
  keyRules: defineParsedVariable('KEY_RULES', parseKeyRules, defaultKeyRulesText),
};
