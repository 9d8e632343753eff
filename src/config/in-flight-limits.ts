/** What may be under way at once, of all registrations together. Beyond it deliveries are answered 503. */
export interface InFlightLimits {
  readonly maxInFlightRequests: number;
  readonly maxInFlightBytes: number;
}

const mebibyte = 1024 * 1024;

/** The rest is for what is made of a body, for connections, for the queues to the store and for the program itself. */
const inFlightShare = 1 / 8;

/** The largest body is taken in a small memory too. More than the upper bound waits for no store. */
const bounds = { min: 16 * mebibyte, max: 1024 * mebibyte };

/** As many deliveries as fill the bytes with bodies of this size. */
const bytesPerRequest = 32 * 1024;

/** Of the memory that the process may use: with 512 MiB, 64 MiB and 2,048 deliveries. */
export function toInFlightLimits(memoryBytes: number): InFlightLimits {
  const share = Math.floor(memoryBytes * inFlightShare);
  const maxInFlightBytes = Math.min(bounds.max, Math.max(bounds.min, share));
  return { maxInFlightBytes, maxInFlightRequests: Math.floor(maxInFlightBytes / bytesPerRequest) };
}
