import { RedisError } from './redis-error.ts';

export type Command = readonly (string | Buffer)[];

/** Commands as the bytes of one write. */
export function encodeCommands(commands: readonly Command[]): Buffer {
  const parts: Buffer[] = [];
  let text = '';
  for (const args of commands) {
    text += `*${args.length}\r\n`;
    for (const arg of args) {
      if (typeof arg === 'string') {
        text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`;
      } else {
        parts.push(Buffer.from(`${text}$${arg.length}\r\n`), arg);
        text = '\r\n';
      }
    }
  }
  parts.push(Buffer.from(text));
  return Buffer.concat(parts);
}

/** What a server answers. An error is a value here: inside of a list it stands for one of several answers. */
export type BytesReply = Buffer | string | number | null | Error | readonly BytesReply[];

export interface RespReader {
  /** Takes what came, and gives every answer that is complete now. @throws {RedisError} for what is no answer */
  read(chunk: Buffer): BytesReply[];
  /** All that was asked has been answered: what comes from now on counts anew. */
  forget(): void;
}

interface RespLimits {
  /** Of all answers since `forget`. */
  readonly maxBytes: number;
}

/** A line is a status, a number, a length or an error. */
const maxLineBytes = 16_384;
/** What a value costs in memory beside its own bytes: without this a list of empty texts would cost twenty times what is counted. */
const valueBytes = 64;
/** Lists in lists: the deepest answer that is asked for has four. */
const maxDepth = 8;

/**
 * Reads RESP2 from bytes that come in pieces. Lengths and numbers are what a peer says: each is judged before anything is
 * kept for it. https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export function createRespReader({ maxBytes }: RespLimits): RespReader {
  const lists: { readonly items: BytesReply[]; readonly length: number }[] = [];
  let pieces: Buffer[] = [];
  let kept = 0;
  /** Below this number of bytes the value at the beginning cannot be complete. */
  let needed = 1;
  let left = maxBytes;

  function charge(bytes: number): void {
    left -= bytes;
    if (left < 0) {
      throw new RedisError('answer', `the answer is larger than ${maxBytes} bytes`);
    }
  }

  /** Puts a value where it belongs. @returns the answer that it completes */
  function place(value: BytesReply): BytesReply | undefined {
    let complete = value;
    for (let list = lists.at(-1); list !== undefined; list = lists.at(-1)) {
      list.items.push(complete);
      if (list.items.length < list.length) {
        return undefined;
      }
      complete = list.items;
      lists.pop();
    }
    return complete;
  }

  /** A list is placed with its last item, unless it has none. */
  function openList(length: number): BytesReply | undefined {
    if (length === 0) {
      return place([]);
    }
    if (length * valueBytes > left || lists.length === maxDepth) {
      throw new RedisError('answer', `a list of ${length} values in ${lists.length} others is too large`);
    }
    lists.push({ items: [], length });
    return undefined;
  }

  return {
    read(chunk) {
      pieces.push(chunk);
      kept += chunk.length;
      if (kept < needed) {
        return [];
      }
      const data = pieces.length === 1 ? chunk : Buffer.concat(pieces);
      const answers: BytesReply[] = [];
      let at = 0;
      for (;;) {
        const end = findLineEnd(data, at);
        if ((end < 0 ? data.length : end) - at > maxLineBytes) {
          throw new RedisError('answer', 'the answer has a line without an end');
        }
        if (end < 0) {
          needed = data.length - at + 1;
          break;
        }
        const type = String.fromCharCode(data[at] as number);
        const text = data.toString('utf8', at + 1, end);
        const next = end + 2;
        const length = type === '$' || type === '*' ? parseLength(text) : 0;
        const size = next - at + (type === '$' && length >= 0 ? length + 2 : 0);
        if (size > left) {
          charge(size);
        }
        if (data.length - at < size) {
          needed = size;
          break;
        }
        charge(size + valueBytes);
        const answer =
          type === '*' && length >= 0
            ? openList(length)
            : place(type === '$' && length >= 0 ? readBytes(data, next, length) : toValue(type, text));
        at += size;
        if (answer !== undefined) {
          answers.push(answer);
        }
        if (at === data.length) {
          needed = 1;
          break;
        }
      }
      const rest = data.subarray(at);
      pieces = rest.length > 0 ? [rest] : [];
      kept = rest.length;
      return answers;
    },
    forget() {
      left = maxBytes;
    },
  };
}

/** Of a line that is there to its end; -1 before that. */
function findLineEnd(data: Buffer, from: number): number {
  const end = data.indexOf(carriageReturn, from);
  if (end < 0 || end + 1 === data.length) {
    return -1;
  }
  if (data[end + 1] !== lineFeed) {
    throw new RedisError('answer', 'the answer has a line without an end');
  }
  return end;
}

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

function readBytes(data: Buffer, start: number, length: number): Buffer {
  const end = start + length;
  if (data[end] !== carriageReturn || data[end + 1] !== lineFeed) {
    throw new RedisError('answer', 'a text does not end where its length says');
  }
  return data.subarray(start, end);
}

/** -1: nothing. */
function parseLength(text: string): number {
  if (!/^(?:-1|\d{1,10})$/.test(text)) {
    throw new RedisError('answer', 'a length is no length');
  }
  return Number(text);
}

function toValue(type: string, text: string): BytesReply {
  switch (type) {
    case '$':
    case '*':
      return null;
    case '+':
      return text;
    case '-':
      return new Error(text);
    case ':': {
      const number = Number(text);
      if (/^[+-]?\d{1,19}$/.test(text) && Number.isSafeInteger(number)) {
        return number;
      }
      throw new RedisError('answer', 'a number is none, or too large');
    }
    default:
      throw new RedisError('answer', 'the bytes are no answer of Redis');
  }
}
