// Types for the CRC-32C module, because the package includes types for its CRC-32 module only.
declare module 'crc-32/crc32c.js' {
  const crc32c: {
    /** Returns the CRC-32C (Castagnoli) as a signed integer, which Kafka stores in the header of a record batch. */
    buf(bytes: Uint8Array): number;
  };
  export = crc32c;
}
