import type { KeyRules } from './key-rules.ts';

export type RecordHeaders = Readonly<Record<string, string>>;

/** What rules the headers of every record, whoever writes it. */
export interface HeaderRules {
  /** Those of the operator, beside the record's own. */
  readonly recordHeaders: RecordHeaders;
}

/** How events become records. */
export interface RecordRules extends HeaderRules {
  readonly keyRules: KeyRules;
}

/** Where a record comes from. */
export interface RecordOrigin {
  /** Name of the registration; `undefined` for what came by none. */
  readonly webhook: string | undefined;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** W3C trace context of the request; `undefined` when it had no valid one. */
  readonly traceparent: string | undefined;
}

/** The headers that every record has, event or dead letter, whoever writes it. */
export function toCommonHeaders(
  { webhook, receivedAt, traceparent }: RecordOrigin,
  { recordHeaders }: HeaderRules,
): RecordHeaders {
  return {
    'received-at': receivedAt,
    ...(webhook !== undefined && { webhook }),
    ...(traceparent !== undefined && { traceparent }),
    ...recordHeaders,
  };
}

/** The origin of a stored record, by its headers, for the record that is made of it. */
export function readOrigin(header: (name: string) => string | undefined, receivedAt: string): RecordOrigin {
  return { webhook: header('webhook'), receivedAt, traceparent: header('traceparent') };
}

/** Names that this program gives a meaning, on events, dead letters or latest states. */
const reservedNames: ReadonlySet<string> = new Set(
  [
    'ce_specversion ce_id ce_type ce_source ce_subject ce_time ce_revision ce_datacontenttype ce_dataschema ce_data',
    'content-type revision entity-revision received-at webhook traceparent replayed-from',
    'reason batch-index batch-size source-topic source-partition source-offset',
    // Beside the headers in an entry of a Redis stream.
    'key value',
  ].flatMap((names) => names.split(' ')),
);

const maxHeaders = 16;
const maxBytes = 1024;
const namePattern = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
/** @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#attribute-naming-convention */
const extensionPattern = /^ce_[a-z0-9]{1,20}$/;
const controlPattern = /\p{Cc}|\p{Cs}|\p{Noncharacter_Code_Point}/u;

/**
 * Parses `name=value,name=value`, or nothing. A value has no comma, and goes to the next one.
 *
 * @returns the headers, or a sentence about what is wrong
 */
export function parseRecordHeaders(text: string): RecordHeaders | string {
  if (Buffer.byteLength(text) > maxBytes) {
    return `has more than ${maxBytes} bytes, which every record would carry`;
  }
  const pairs = text === '' ? [] : text.split(',');
  if (pairs.length > maxHeaders) {
    return `has more than ${maxHeaders} headers`;
  }
  const headers: Record<string, string> = {};
  for (const [index, pair] of pairs.entries()) {
    const [name, value] = splitOnce(pair);
    const problem = value === undefined ? 'is not name=value' : findProblem(name, value, headers);
    if (problem !== undefined) {
      return `header ${index + 1} ${problem}`;
    }
    headers[name] = value as string;
  }
  return headers;
}

function splitOnce(pair: string): readonly [string, string?] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair] : [pair.slice(0, at), pair.slice(at + 1)];
}

function findProblem(name: string, value: string, others: RecordHeaders): string | undefined {
  const lowerCase = name.toLowerCase();
  if (!namePattern.test(name)) {
    return 'has a name that is not 1 to 64 of a-z, A-Z, 0-9, ".", "_", "-", a letter first';
  }
  if (reservedNames.has(lowerCase)) {
    return `is ${name}, which the receiver gives a meaning`;
  }
  if (lowerCase.startsWith('ce_') && !extensionPattern.test(name)) {
    return `is ${name}: after "ce_" CloudEvents allows 1 to 20 of a-z and 0-9`;
  }
  if (Object.hasOwn(others, name)) {
    return `is ${name}, which stands twice`;
  }
  return value === '' || value.trim() !== value || controlPattern.test(value)
    ? `(${name}) has no value, or one with a control character, or with white space around it`
    : undefined;
}
