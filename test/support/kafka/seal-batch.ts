import crc32c from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';

const checksumAt = 17;
/** The checksum is that of the bytes from there on: it does not cover the place of the batch. */
export const checkedFrom = 21;

/** Gives a record batch, up to the end of the bytes, the checksum of what it is now, by kafkajs. */
export function sealBatch(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(checkedFrom)), checksumAt);
  return batch;
}

export function isSealed(batch: Buffer): boolean {
  return batch.readUInt32BE(checksumAt) === crc32c(batch.subarray(checkedFrom));
}
