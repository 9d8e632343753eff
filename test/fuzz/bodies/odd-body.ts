import type { Random } from '../../../src/tools/provider/simulator/seeded-random.ts';

const numbers = [
  ...['0', '-0', '7', '-1', '1.0', '1e2', '1E+2', '0e5', '0.5', '1e-400', '1e999', '100', '-1e1'],
  ...['9007199254740993', '18446744073709551615', '18446744073709551616', '4503599627370497'],
  ...['4503599627370497.2', '4503599627370497.5', '9'.repeat(512), '9'.repeat(513), '1'.repeat(21)],
];

/** The contents of JSON strings, without their quotes. */
const texts = [
  ...['', 'a', 'm-1', 'a b', 'é', '\u{1f600}', '\\ud83d\\ude00', '\\u0061', '\\/', '\\\\', '\\"', '],{', '"'],
  ...[
    '\\u0000',
    '\\n',
    'x\\r\\nX-Evil: 1',
    '\x7f',
    '\u0085',
    '\\u009f',
    '\uffff',
    '\\ufdd0',
    '\\ud83f\\udffe',
  ],
  ...['\\ud800', '\\udc00', 'a\\ude00\\ud83d', '\ufffd', '\ufeff', '%2F/?#', "!'()*", 'revision\\":1'],
  ...['x'.repeat(512), 'x'.repeat(513), '\u{1f600}'.repeat(256), '\u{1f600}'.repeat(257)],
  ...[
    '2026-01-02T03:04:05Z',
    '2026-02-29T00:00:00Z',
    '2024-02-29t23:59:59.123+05:30',
    '2026-01-02T03:04:60Z',
  ],
  ...['0000-12-31T00:00:00.1234567891Z', '2026-13-01T00:00:00Z', '2026-01-02', 'yesterday'],
  ...['message.read', 'conversation.update', 'profile.x', 'chat.a', 'chatMessage.b', '__proto__.x', 'chat'],
];

const names = [
  ...['eventId', 'name', 'payload', 'revision', 'timestamp', 'apiSpaceId', 'id', 'messageId', 'context'],
  ...['conversationId', 'profileId', 'chatId', 'length', '__proto__', 'constructor', 'x', '', 'prevision'],
  ...['event\\u0049d', '\\u0070ayload', 'revisio\\u006e', 'i\\u0064', 'nam\\u0065', 'a"', '\\"revision'],
];

const spaces = ['', '', '', '', ' ', '\n', '\t', ' \r\n ', '\u000b', '\u00a0'];

/** Invalid UTF-8: a lone continuation byte, an overlong form, a surrogate, an incomplete sequence. */
const notUtf8 = ['\x80', '\xc0\xaf', '\xed\xa0\x80', '\xe2\x82', '\xff'];

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

const chance = (random: Random, share: number) => random() < share;
const upTo = (random: Random, most: number) => Math.floor(random() * (most + 1));
const utf8 = (text: string) => Buffer.from(text).toString('latin1');

/** Creates a body that the provider would never send: JSON with everything unusual that JSON allows, or almost JSON. */
export function createOddBody(random: Random): Buffer {
  const write = createWriter(random);
  const kind = random();
  let text =
    kind < 0.3
      ? write.object(0)
      : kind < 0.9
        ? write.array(upTo(random, 6), () => (chance(random, 0.85) ? write.object(0) : write.value(0)))
        : write.value(0);
  text = write.space() + text + write.space();
  text = chance(random, 0.05) ? utf8('\ufeff') + text : text;
  return Buffer.from(chance(random, 0.15) ? damage(random, text) : text, 'latin1');
}

/** Creates a writer in which one character represents one byte. */
function createWriter(random: Random) {
  // White space that is invalid in JSON is rare, because it makes the whole body invalid.
  const space = () => {
    const found = pick(random, spaces);
    return found > ' ' || found === '\u000b' ? (chance(random, 0.002) ? utf8(found) : '') : found;
  };

  function string(from: readonly string[]): string {
    const text = pick(random, from);
    const isBroken = text === '"' || text === 'a"';
    const usable = isBroken && !chance(random, 0.005) ? 'a' : text;
    return `"${utf8(usable)}${chance(random, 0.01) ? pick(random, notUtf8) : ''}"`;
  }

  function nest(): string {
    // Copying a part may double the depth. Twice the maximum depth still fits on the stack of the reference
    // implementation.
    const levels = pick(random, [1, 50, 990, 998, 999, 1_000, 1_001, 1_400]) + upTo(random, 2);
    const [open, close] = pick<readonly [string, string]>(random, [
      ['[', ']'],
      ['{"":', '}'],
    ]);
    return `${open.repeat(levels)}${open === '[' ? '' : '0'}${close.repeat(levels)}`;
  }

  function wide(): string {
    const count = pick(random, [0, 9_980]) + upTo(random, 25);
    return `[${pick(random, ['0,', '{},', '"",', '[0],']).repeat(count)}0]`;
  }

  function value(depth: number): string {
    const kind = random();
    if (kind < 0.4) {
      return string(texts);
    }
    if (kind < 0.7) {
      return pick(random, numbers);
    }
    if (kind < 0.98 && depth < 4) {
      return kind < 0.88 ? object(depth + 1) : array(upTo(random, 3), () => value(depth + 1));
    }
    return kind < 0.995 ? pick(random, ['true', 'false', 'null']) : chance(random, 0.7) ? nest() : wide();
  }

  function array(count: number, element: () => string): string {
    const elements = Array.from({ length: count }, () => space() + element() + space());
    return `[${elements.length === 0 ? space() : elements.join(',')}]`;
  }

  function member(name: string, text: string): string {
    return `${space()}${name}${space()}:${space()}${text}${space()}`;
  }

  function object(depth: number): string {
    const members = Array.from({ length: upTo(random, 7) }, () => member(string(names), value(depth)));
    if (depth === 0) {
      // Members that form a key are added on purpose. Otherwise, few events would have a key.
      const event = ['eventId', 'name', 'payload', 'revision', 'timestamp', 'apiSpaceId'];
      for (const name of event.filter(() => chance(random, 0.5))) {
        const text =
          name === 'payload' ? object(1) : chance(random, 0.5) ? string(texts) : pick(random, numbers);
        members.splice(upTo(random, members.length), 0, member(`"${name}"`, text));
      }
    }
    return `{${members.join(',')}}`;
  }

  return { space, value, array, object };
}

const garbage = ['[', ']', '{', '}', '"', '\\', ',', ':', 'e', '.', '-', '0', ' ', '\u0000', '\xff', '\\u'];

/** Removes, duplicates, changes or adds some bytes. */
function damage(random: Random, text: string): string {
  const at = upTo(random, text.length);
  const end = Math.min(text.length, at + upTo(random, 3));
  const kind = random();
  if (kind < 0.2) {
    return text.slice(0, at);
  }
  const middle = kind < 0.4 ? '' : kind < 0.5 ? text.slice(at, end).repeat(2) : pick(random, garbage);
  return text.slice(0, at) + middle + text.slice(end);
}
