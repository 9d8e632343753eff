// Types of the checksum that is used; the package has those of its other one.
declare module 'crc-32/crc32c.js' {
  const crc32c: {
    /** CRC-32C (Castagnoli), as Kafka has it in the header of a record batch; with a sign. */
    buf(bytes: Uint8Array): number;
  };
  export = crc32c;
}
