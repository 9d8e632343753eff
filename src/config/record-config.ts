import { defaultKeyRulesText, parseKeyRules } from '../webhook/key-rules.ts';
import { parseRecordHeaders } from '../webhook/record-headers.ts';
import { integerVariable, parsedVariable } from './variables.ts';

const mebibyte = 1024 * 1024;

/** The size limit of a body is that of a dead letter as well. */
export const maxBodyBytesVariable = integerVariable('MAX_BODY_BYTES', 10 * mebibyte, {
  min: 1024,
  max: 100 * mebibyte,
});

/** What rules the headers of every record: of the receiver, of the filter, and of commands. */
export const headerVariables = {
  recordHeaders: parsedVariable('RECORD_HEADERS', parseRecordHeaders, ''),
};

/** How events become records, by the receiver and by commands that do as it does. */
export const recordVariables = {
  ...headerVariables,
  keyRules: parsedVariable('KEY_RULES', parseKeyRules, defaultKeyRulesText),
};
