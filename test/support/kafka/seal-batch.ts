import { crc32c } from '../../../src/stores/kafka/wire/crc32c.ts';

const checksumAt = 17;
const checkedFrom = 21;

/** Gives a record batch, up to the end of the bytes, the checksum of what it is now. */
export function sealBatch(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch, checkedFrom, batch.length), checksumAt);
  return batch;
}
