/**
 * Gives the memory of bytes that nobody reads any more back at once: V8 would do so when it next collects garbage. What has a
 * part of a larger piece of memory only is left alone.
 */
export function releaseBytes({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) {
    buffer.transfer(0);
  }
}
