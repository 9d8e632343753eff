/**
 * Frees the memory of a buffer immediately instead of waiting for V8's next garbage collection. The buffer must not be
 * read afterwards. A buffer that is part of a larger allocation is left unchanged.
 */
export function releaseBytes({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) {
    buffer.transfer(0);
  }
}
