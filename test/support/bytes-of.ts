import { WireWriter } from '../../src/stores/kafka/wire/wire-writer.ts';

/** Returns the bytes that a function writes. The writer has no initial capacity. */
export function bytesOf(write: (writer: WireWriter) => void = () => undefined): Buffer {
  const writer = new WireWriter(0);
  write(writer);
  return writer.written();
}
