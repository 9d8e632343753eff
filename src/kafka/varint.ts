/**
 * Kafka's zigzag variable-length integers, as numbers: exact within ±2^52, which every length, timestamp and offset is.
 * @see https://kafka.apache.org/protocol#protocol_types
 */
export interface VarintReader {
  position: number;
  next(): number;
}

export function createVarintReader(data: Uint8Array, position: number): VarintReader {
  const reader = {
    position,
    next(): number {
      let byte = data[reader.position] as number;
      reader.position += 1;
      let raw = byte & 0x7f;
      let factor = 0x80;
      while (byte > 0x7f) {
        byte = data[reader.position] as number;
        if (byte === undefined) {
          throw new RangeError('A record ends within a number');
        }
        reader.position += 1;
        raw += (byte & 0x7f) * factor;
        factor *= 0x80;
      }
      return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    },
  };
  return reader;
}

export function sizeOfVarint(value: number): number {
  let raw = toZigzag(value);
  let size = 1;
  while (raw >= 0x80) {
    raw = Math.floor(raw / 0x80);
    size += 1;
  }
  return size;
}

/** @returns the position behind it */
export function writeVarint(target: Uint8Array, position: number, value: number): number {
  let raw = toZigzag(value);
  let at = position;
  while (raw >= 0x80) {
    target[at] = (raw % 0x80) | 0x80;
    raw = Math.floor(raw / 0x80);
    at += 1;
  }
  target[at] = raw;
  return at + 1;
}

function toZigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
