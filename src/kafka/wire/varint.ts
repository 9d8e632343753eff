/**
 * Reads Kafka's zigzag variable-length integers, exact within ±2^52, which every length, timestamp and offset is.
 *
 * @see https://kafka.apache.org/protocol#protocol_types
 */
export class VarintReader {
  position: number;
  readonly #data: Buffer;

  constructor(data: Buffer, position: number) {
    this.#data = data;
    this.position = position;
  }

  next(): number {
    const data = this.#data;
    let { position } = this;
    let byte = data[position] as number;
    let raw = byte & 0x7f;
    let factor = 0x80;
    while (byte > 0x7f) {
      position += 1;
      byte = data[position] as number;
      if (byte === undefined) {
        throw new RangeError('A record ends within a number');
      }
      raw += (byte & 0x7f) * factor;
      factor *= 0x80;
    }
    this.position = position + 1;
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /** Bytes with their length before them; −1 stands for none. */
  bytes(): Buffer | null {
    const length = this.next();
    const start = this.position;
    this.position += Math.max(0, length);
    return length < 0 ? null : this.#data.subarray(start, this.position);
  }

  skipBytes(): void {
    const length = this.next();
    this.position += Math.max(0, length);
  }
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
