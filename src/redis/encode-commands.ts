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
