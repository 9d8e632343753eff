import Decoder from 'kafkajs/src/protocol/decoder.js';

/**
 * Replaces the methods of kafkajs's decoder that read a length or a count. The originals believe both: a length below -1
 * moves the decoder back, so that a list of such texts is read for ever, and a count of 2^31 - 1 is a list of that size.
 * Those of flexible versions are left as they are: no request that is made here uses them. Calling it again changes
 * nothing.
 */
export function mendDecoder(): void {
  Object.assign(Decoder.prototype, checked);
}

const checked: Partial<Decoder> & ThisType<Decoder> = {
  readString() {
    return take(this, this.readInt16())?.toString() ?? null;
  },
  readBytes(this: Decoder, length = this.readInt32()) {
    return take(this, length);
  },
  readArray(read) {
    return readItems(this, toCount(this, this.readInt32()), read);
  },
  async readArrayAsync(read) {
    const items = [];
    for (let left = toCount(this, this.readInt32()); left > 0; left -= 1) {
      items.push(await read(this));
    }
    return items;
  },
};

/** Room is made for what is read only, whatever the count. */
function readItems<T>(decoder: Decoder, count: number, read: (decoder: Decoder) => T): T[] {
  const items: T[] = [];
  for (let left = count; left > 0; left -= 1) {
    items.push(read(decoder));
  }
  return items;
}

/** `null` for none, which is -1. */
function take(decoder: Decoder, length: number): Buffer | null {
  if (length === -1) {
    return null;
  }
  const { buffer, offset } = decoder;
  if (length < 0 || length > buffer.length - offset) {
    throw new RangeError(`The bytes have no ${length} more`);
  }
  decoder.offset += length;
  return buffer.subarray(offset, decoder.offset);
}

/** Each item takes a byte at least. */
function toCount({ buffer, offset }: Decoder, count: number): number {
  if (count < -1 || count > buffer.length - offset) {
    throw new RangeError(`The bytes have no ${count} items`);
  }
  return Math.max(0, count);
}
