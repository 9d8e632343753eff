/** The highest version of a request that the client gets to see, by API key. */
export type VersionLimits = ReadonlyMap<number, number>;

/**
 * Makes a broker look older in its answer to ApiVersions (versions 0 to 2, those that kafkajs asks for).
 *
 * @param frame with its length before it
 * @see https://kafka.apache.org/protocol#The_Messages_ApiVersions
 */
export function limitVersions(frame: Buffer, limits: VersionLimits): Buffer {
  const limited = Buffer.from(frame);
  // Size, correlation id, error code; then the requests: key, lowest version, highest version.
  const count = limited.readInt32BE(10);
  for (let at = 14; at < 14 + count * 6; at += 6) {
    const limit = limits.get(limited.readInt16BE(at)) ?? Number.POSITIVE_INFINITY;
    limited.writeInt16BE(Math.min(limit, limited.readInt16BE(at + 4)), at + 4);
  }
  return limited;
}
