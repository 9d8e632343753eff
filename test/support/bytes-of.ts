import { WireWriter } from '../../src/stores/kafka/wire/wire-writer.ts';

/** What is written by this; the writer has no room at the beginning. */
export function bytesOf(write: (writer: WireWriter) => void = () => undefined): Buffer {
  const writer = new WireWriter(0);
  write(writer);
  return writer.written();
}
