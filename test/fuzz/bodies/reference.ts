import { createHash } from 'node:crypto';
import { type JsonTree, parseTree } from './json-tree.ts';

/** The expected record of an element, or of a whole body that is stored as a dead letter. */
export type Expected =
  | { readonly kind: 'event'; readonly bytes: Buffer; readonly key: string; readonly headers: Headers }
  | { readonly kind: 'dead'; readonly bytes: Buffer; readonly reason: string; readonly index?: number };

type Headers = Readonly<Record<string, string>>;

/** The table of docs/records.md. */
const places: Readonly<Record<string, string>> = {
  conversation: 'payload.conversationId payload.id conversationId payload.context.conversationId',
  profile: 'payload.profileId payload.id profileId',
  chat: 'payload.chatId payload.id chatId',
  chatMessage: 'payload.messageId payload.id payload.chatId',
};

/**
 * Determines which records docs/records.md requires for a body, without the product's code.
 *
 * @returns `undefined` if the body is not valid JSON and may exceed a limit, because the page does not specify which
 * elements are then examined
 */
export function expectRecords(body: Buffer): readonly Expected[] | undefined {
  const start = body.toString('latin1', 0, 3) === '\xef\xbb\xbf' ? 3 : 0;
  const whole = (reason: string): readonly Expected[] => [{ kind: 'dead', bytes: body, reason }];
  const root = parseTree(body, start);
  if (root === undefined) {
    return mayExceed(body) ? undefined : whole('not_json');
  }
  if (root.kind !== 'array') {
    const expected = expectElement(body, root, 0);
    return expected.kind === 'dead' && expected.reason !== 'no_key' ? whole(expected.reason) : [expected];
  }
  if (root.values.length > 10_000) {
    return whole('too_many_events');
  }
  const parsedParts = root.values.reduce(
    (sum, each) => sum + (exceeds(each) === undefined ? countParts(each) : 0),
    0,
  );
  return parsedParts > 250_000
    ? whole('too_many_values')
    : root.values.map((element, index) => expectElement(body, element, index));
}

function mayExceed(body: Buffer): boolean {
  const text = body.toString('latin1');
  return (text.match(/[[{]/g)?.length ?? 0) > 1_000 || (text.match(/[[{,]/g)?.length ?? 0) > 10_000;
}

function countParts(tree: JsonTree): number {
  let parts = 0;
  visit(tree, ({ values }, isContainer) => {
    parts += isContainer ? Math.max(1, values.length) : 0;
  });
  return parts;
}

function countLevels(tree: JsonTree): number {
  let most = 0;
  visit(tree, (_, isContainer, above) => {
    most = Math.max(most, above + (isContainer ? 1 : 0));
  });
  return most;
}

/**
 * Visits all values. Bodies are nested too deeply for recursion. `above` is the number of containers that enclose a
 * value.
 */
function visit(root: JsonTree, onValue: (tree: JsonTree, isContainer: boolean, above: number) => void): void {
  const pending = [{ tree: root, above: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { tree, above } = next;
    const isContainer = tree.kind === 'object' || tree.kind === 'array';
    onValue(tree, isContainer, above);
    for (const value of tree.values) {
      pending.push({ tree: value, above: above + (isContainer ? 1 : 0) });
    }
  }
}

function exceeds(element: JsonTree): string | undefined {
  return countLevels(element) > 1_000
    ? 'too_deep'
    : countParts(element) > 10_000
      ? 'too_many_values'
      : undefined;
}

function expectElement(body: Buffer, element: JsonTree, index: number): Expected {
  const bytes = body.subarray(element.start, element.end);
  const dead = (reason: string): Expected => ({ kind: 'dead', bytes, reason, index });
  const excess = exceeds(element);
  if (excess !== undefined || element.kind !== 'object') {
    return dead(excess ?? 'not_object');
  }
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return dead('not_utf8');
  }
  const name = find(element, 'name');
  const family = name?.kind === 'string' ? (name.text.split('.')[0] ?? '') : '';
  const table = Object.hasOwn(places, family) ? places[family] : undefined;
  const entity = (table ?? 'payload.messageId payload.id')
    .split(' ')
    .map((place) => identifier(find(element, place)))
    .find((found) => found !== undefined);
  const eventId = identifier(find(element, 'eventId'));
  const key = entity ?? eventId;
  return key === undefined
    ? dead('no_key')
    : { kind: 'event', bytes, key, headers: expectHeaders(element, bytes, entity, eventId) };
}

function expectHeaders(
  element: JsonTree,
  bytes: Buffer,
  entity: string | undefined,
  eventId: string | undefined,
): Headers {
  const name = find(element, 'name');
  const timestamp = find(element, 'timestamp');
  const revision = find(element, 'revision');
  const source = escapeUri(identifier(find(element, 'apiSpaceId')) ?? 'unknown');
  const hasTime = timestamp?.kind === 'string' && isTime(timestamp.text);
  const digits = revision?.kind === 'number' ? identifier(revision) : undefined;
  return {
    ce_specversion: '1.0',
    ce_id: eventId ?? createHash('sha256').update(bytes).digest('hex'),
    ce_type: (name?.kind === 'string' ? identifier(name) : undefined) ?? 'unknown',
    ce_source: `urn:comapi:api-space:${source}`,
    'content-type': 'application/json',
    ...(hasTime && { ce_time: timestamp.text }),
    ...(entity !== undefined && { ce_subject: entity }),
    ...(digits !== undefined && { revision: digits, ce_revision: digits }),
  };
}

function find(element: JsonTree, place: string): JsonTree | undefined {
  let at: JsonTree | undefined = element;
  for (const name of place.split('.')) {
    at = at?.kind === 'object' ? at.values[at.names.lastIndexOf(name)] : undefined;
  }
  return at;
}

function identifier(value: JsonTree | undefined): string | undefined {
  if (value === undefined || value.text.length > 512) {
    return undefined;
  }
  if (value.kind === 'number') {
    return Array.from(value.text).every((each) => each >= '0' && each <= '9') ? value.text : undefined;
  }
  return value.kind === 'string' && value.text !== '' && Array.from(value.text).every(isAllowed)
    ? value.text
    : undefined;
}

/** See the CloudEvents specification, "Type System", String. */
function isAllowed(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const isControl = code <= 0x1f || (code >= 0x7f && code <= 0x9f);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const isNoncharacter = (code >= 0xfdd0 && code <= 0xfdef) || code % 0x10000 >= 0xfffe;
  return !isControl && !isSurrogate && !isNoncharacter;
}

function escapeUri(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return "-_.~!'()*".includes(character) || /[0-9A-Za-z]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

function isTime(text: string): boolean {
  const shape = text.replaceAll(/[0-9]/g, '0').toUpperCase();
  const [, rest = ''] = /^0000-00-00T00:00:00(?:\.0{1,9})?(Z|[+-]00:00)$/.exec(shape) ?? [];
  if (rest === '') {
    return false;
  }
  const [year, month, day, hour, minute, second] = [0, 5, 8, 11, 14, 17].map((at, index) =>
    Number(text.slice(at, at + (index === 0 ? 4 : 2))),
  ) as [number, number, number, number, number, number];
  const [offsetHour = 0, offsetMinute = 0] = rest === 'Z' ? [] : text.slice(-5).split(':').map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  const isOffset = offsetMinute < 60 && offsetHour * 60 + offsetMinute <= 18 * 60;
  return day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60 && isOffset;
}
