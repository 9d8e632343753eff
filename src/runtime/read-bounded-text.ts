/** Far more than any answer that this project asks for; a peer that sends more is wrong or hostile. */
const maxBytes = 1024 * 1024;

/**
 * The text of an answer from elsewhere, such as the body of a response. What is longer is not read to its end: the source is
 * closed.
 *
 * @throws Error for more than 1 MiB
 */
export async function readBoundedText(source: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of source ?? []) {
    byteCount += chunk.length;
    if (byteCount > maxBytes) {
      throw new Error(`the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
