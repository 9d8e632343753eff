import { WireWriter } from '../../src/stores/kafka/wire/wire-writer.ts';

/** Returns the bytes that the given function writes. The writer starts without any capacity. */
export function bytesOf(write: (writer: WireWriter) => void = () => undefined): Buffer {
  const writer = new WireWriter(0);
  write(writer);
  return writer.written();
}
