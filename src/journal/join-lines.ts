/** Lines as bytes. Joined as text first, they would be in memory once more, in one piece. */
export function joinLines(lines: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0));
  let at = 0;
  for (const line of lines) {
    at += bytes.write(line, at);
  }
  return bytes;
}
