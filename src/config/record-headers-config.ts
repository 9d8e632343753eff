import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { parseRecordHeaders, type RecordHeaders } from '../webhook/record-headers.ts';
import { readVariables, textVariable } from './variables.ts';

export const recordHeadersEntries = { RECORD_HEADERS: textVariable(undefined) };

/** `undefined` when there are none, or when there is a problem. */
export function readRecordHeaders(env: Env, problems: ConfigProblem[]): RecordHeaders | undefined {
  const { RECORD_HEADERS: text } = readVariables(recordHeadersEntries, env, problems);
  const headers = text === undefined ? undefined : parseRecordHeaders(text);
  if (typeof headers === 'string') {
    problems.push({ variable: 'RECORD_HEADERS', message: `${headers}.` });
    return undefined;
  }
  return headers;
}
