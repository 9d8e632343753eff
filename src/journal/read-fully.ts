import type { FileHandle } from 'node:fs/promises';

/**
 * Reads from a position on until the buffer is full or the file ends. One call of a file system may give less than there
 * is: over a network, or when it was interrupted.
 *
 * @returns the part of the buffer that was read
 */
export async function readFully(
  handle: Pick<FileHandle, 'read'>,
  buffer: Buffer,
  position: number,
): Promise<Buffer> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, position + length);
    if (bytesRead === 0) {
      break;
    }
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
