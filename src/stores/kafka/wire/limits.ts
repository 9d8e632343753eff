const mebibyte = 1024 * 1024;

/**
 * What the records of one batch may be, plain or decompressed: a body of 100 MiB, the most that MAX_BODY_BYTES can be
 * set to, is one record, and has room here.
 */
export const largestBatchBytes = 128 * mebibyte;

/**
 * Records that are read at once are at most their allowed bytes divided by this: an object stands for each
 * record, and another for what becomes of it. No event is so small.
 */
export const leastBytesOfRecord = 100;

/** What stands for a record in memory beside its bytes while it is worked on. */
export const recordOverheadBytes = 512;

/** Kafka's own producers put some ten thousand into a batch, this one a thousand. An object stands for each. */
export const mostRecordsOfBatch = 1_000_000;
