import type { DecidedDelivery } from './delivery-observer.ts';
import { readTraceparent } from './traceparent.ts';

/** Who sent a delivery, for the log. */
export interface Sender {
  /** Of the connection. Behind a proxy it is the proxy's. */
  readonly remoteAddress: string | undefined;
  /** The addresses before, as the request gives them. Anyone can write anything there. */
  readonly forwardedFor?: string;
  /** From `traceparent`: 32 hexadecimal digits. */
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
