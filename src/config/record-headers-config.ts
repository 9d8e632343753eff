import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { parseRecordHeaders, type RecordHeaders } from '../webhook/record-headers.ts';
import { chooseStore } from './chosen-store.ts';
import { readVariables, textVariable } from './variables.ts';

export const recordHeadersEntries = { RECORD_HEADERS: textVariable(undefined) };

/** RabbitMQ takes these for lists of further routing keys, and refuses a message in which they are text. */
const routingNames = ['CC', 'BCC'];

/** `undefined` when there are none, or when there is a problem. */
export function readRecordHeaders(env: Env, problems: ConfigProblem[]): RecordHeaders | undefined {
  const { RECORD_HEADERS: text } = readVariables(recordHeadersEntries, env, problems);
  const headers = text === undefined ? undefined : parseRecordHeaders(text);
  const fault = typeof headers === 'string' ? headers : findRoutingName(headers ?? {}, env);
  if (typeof headers === 'string' || fault !== undefined) {
    problems.push({ variable: 'RECORD_HEADERS', message: `${fault}.` });
    return undefined;
  }
  return headers;
}

function findRoutingName(headers: RecordHeaders, env: Env): string | undefined {
  const name = routingNames.find((each) => Object.hasOwn(headers, each));
  return name !== undefined && chooseStore(env) === 'rabbitmq'
    ? `has the header ${name}, by which RabbitMQ routes: give it another name`
    : undefined;
}
