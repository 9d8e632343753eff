import crc32c from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';

const checksumAt = 17;
/** Position of the first byte that the checksum covers. The checksum does not cover the base offset of the batch. */
export const checkedFrom = 21;

/**
 * Updates the checksum of a record batch with the CRC function of kafkajs. The batch must extend to the end of the
 * bytes.
 */
export function sealBatch(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(checkedFrom)), checksumAt);
  return batch;
}

export function isSealed(batch: Buffer): boolean {
  return batch.readUInt32BE(checksumAt) === crc32c(batch.subarray(checkedFrom));
}
