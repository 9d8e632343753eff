import type { IncomingHttpHeaders } from 'node:http';

const pattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The header `traceparent`; `undefined` when it is not well formed.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function readTraceparent({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' && pattern.test(traceparent) ? traceparent : undefined;
}
