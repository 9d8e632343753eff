import crc32c from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';

const checksumAt = 17;
/** The checksum covers the bytes from here on. It does not cover the offset of the batch. */
export const checkedFrom = 21;

/** Updates the checksum of a record batch, which extends to the end of the bytes, with kafkajs. */
export function sealBatch(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(checkedFrom)), checksumAt);
  return batch;
}

export function isSealed(batch: Buffer): boolean {
  return batch.readUInt32BE(checksumAt) === crc32c(batch.subarray(checkedFrom));
}
