/** Splits a byte stream into Kafka's length-prefixed frames. Each frame includes its length prefix. */
export function createFrameSplitter(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = 4;

  return (chunk) => {
    parts.push(chunk);
    held += chunk.length;
    while (held >= wanted) {
      const bytes: Buffer = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
      const frameLength = 4 + bytes.readInt32BE(0);
      if (held < frameLength) {
        parts = [bytes];
        wanted = frameLength;
        return;
      }
      onFrame(bytes.subarray(0, frameLength));
      parts = [bytes.subarray(frameLength)];
      held -= frameLength;
      wanted = 4;
    }
  };
}
