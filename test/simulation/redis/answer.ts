/** What a command is answered. Text has one character for each byte. */
export type Answer = string | number | null | CommandError | Encoded | readonly Answer[];

/** An error as the server words it; the first word says which. */
export class CommandError extends Error {}

/** Bytes that stand as they are: a status, or what no server should send. */
export class Encoded {
  readonly bytes: string;

  constructor(bytes: string) {
    this.bytes = bytes;
  }
}

export const ok = new Encoded('+OK\r\n');
export const queued = new Encoded('+QUEUED\r\n');
export const pong = new Encoded('+PONG\r\n');

/** RESP2: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export function encodeAnswer(answer: Answer): string {
  if (typeof answer === 'string') {
    return `$${answer.length}\r\n${answer}\r\n`;
  }
  if (typeof answer === 'number') {
    return `:${answer}\r\n`;
  }
  if (answer === null) {
    return '$-1\r\n';
  }
  if (answer instanceof CommandError) {
    return `-${answer.message}\r\n`;
  }
  if (answer instanceof Encoded) {
    return answer.bytes;
  }
  return `*${answer.length}\r\n${answer.map(encodeAnswer).join('')}`;
}
