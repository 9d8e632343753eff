import type { KeyRules } from './key-rules.ts';

export type RecordHeaders = Readonly<Record<string, string>>;

/** Rules for the headers of every record, whichever program writes the record. */
export interface HeaderRules {
  /** Headers that the operator adds to the standard headers of a record. */
  readonly recordHeaders: RecordHeaders;
}

/** Rules that turn events into records. */
export interface RecordRules extends HeaderRules {
  readonly keyRules: KeyRules;
}

/** The origin of a record. */
export interface RecordOrigin {
  readonly webhook: string | undefined;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** W3C trace context of the request, or `undefined` if the request had no valid trace context. */
  readonly traceparent: string | undefined;
}

/** Builds the headers that every event and every dead letter has, whichever program writes the record. */
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

/** Reads the origin from the headers of a stored record. Records that are derived from this record get the same origin. */
export function readOrigin(header: (name: string) => string | undefined, receivedAt: string): RecordOrigin {
  return { webhook: header('webhook'), receivedAt, traceparent: header('traceparent') };
}

/** Header names that this program uses on events, dead letters or latest states. */
const reservedHeaderNames: ReadonlySet<string> = new Set(
  [
    'ce_specversion ce_id ce_type ce_source ce_subject ce_time ce_revision ce_datacontenttype ce_dataschema ce_data',
    'content-type revision entity-revision received-at webhook traceparent replayed-from',
    'reason batch-index batch-size source-topic source-partition source-offset',
    // Names of the fields of a Redis stream entry that are not headers.
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
 * Parses `name=value,name=value`. The text may be empty. A value ends at the next comma.
 *
 * @returns the headers, or an error message
 */
export function parseRecordHeaders(text: string): RecordHeaders | string {
  if (Buffer.byteLength(text) > maxBytes) {
    return `has more than ${maxBytes} bytes: shorten it, because every record contains these headers`;
  }
  const pairs = text === '' ? [] : text.split(',');
  if (pairs.length > maxHeaders) {
    return `has more than ${maxHeaders} headers`;
  }
  const headers: Record<string, string> = {};
  for (const [index, pair] of pairs.entries()) {
    const [name, value] = splitAtFirst(pair);
    const problem = value === undefined ? 'is not name=value' : findHeaderProblem(name, value, headers);
    if (problem !== undefined) {
      return `header ${index + 1} ${problem}`;
    }
    headers[name] = value as string;
  }
  return headers;
}

function splitAtFirst(pair: string): readonly [string, string?] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair] : [pair.slice(0, at), pair.slice(at + 1)];
}

function findHeaderProblem(name: string, value: string, others: RecordHeaders): string | undefined {
  const lowerCase = name.toLowerCase();
  if (!namePattern.test(name)) {
    return 'has an invalid name: use a letter followed by up to 63 characters from a-z, A-Z, 0-9, ".", "_", "-"';
  }
  if (reservedHeaderNames.has(lowerCase)) {
    return `is ${name}, which is reserved for the receiver`;
  }
  if (lowerCase.startsWith('ce_') && !extensionPattern.test(name)) {
    return `is ${name}: after "ce_", CloudEvents allows only 1 to 20 characters from a-z and 0-9`;
  }
  if (Object.hasOwn(others, name)) {
    return `is ${name}, which occurs twice`;
  }
  return value === '' || value.trim() !== value || controlPattern.test(value)
    ? `(${name}) has an invalid value: it is empty, has a control character, or begins or ends with white space`
    : undefined;
}
