import type { DecidedDelivery } from './delivery-observer.ts';
import { readTraceparent } from './traceparent.ts';

/** Who sent a delivery, for the log. */
export interface Sender {
  /** Of the connection: behind a proxy, the proxy's. */
  readonly remoteAddress: string | undefined;
  /** What the request says of the addresses before; anyone can write it. */
  readonly forwardedFor?: string;
  /** Of `traceparent`: 32 hexadecimal digits. */
  readonly traceId?: string;
}

const maxCharacters = 200;

export function describeSender({ socket, headers }: DecidedDelivery['request']): Sender {
  const forwardedFor = headers['x-forwarded-for'];
  const [, traceId] = readTraceparent(headers)?.split('-') ?? [];
  return {
    remoteAddress: socket.remoteAddress,
    ...(forwardedFor !== undefined && { forwardedFor: String(forwardedFor).slice(0, maxCharacters) }),
    ...(traceId !== undefined && { traceId }),
  };
}
