import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { testSecret } from './test-receiver.ts';

type Headers = Readonly<Record<string, string | number | undefined>>;

/**
 * Returns the request line and headers of a delivery as the provider sends them. The value `undefined` omits a header.
 */
export function deliveryHead(body: Buffer, headers: Headers = {}): string {
  const all: Headers = {
    host: 'localhost',
    'content-type': 'application/json',
    'content-length': body.length,
    'x-comapi-signature': signBody(body, testSecret),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `POST /webhook HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Returns the complete HTTP request of a delivery. */
export function delivery(body: string | Buffer, headers?: Headers): (string | Buffer)[] {
  const bytes = Buffer.from(body as string);
  return [deliveryHead(bytes, headers), bytes];
}

/** Returns the complete HTTP request of a delivery, with chunked transfer encoding. */
export function chunkedDelivery(body: string | Buffer, chunkBytes = 1000): (string | Buffer)[] {
  const bytes = Buffer.from(body as string);
  const parts: (string | Buffer)[] = [
    deliveryHead(bytes, { 'content-length': undefined, 'transfer-encoding': 'chunked' }),
  ];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    parts.push(`${chunk.length.toString(16)}\r\n`, chunk, '\r\n');
  }
  parts.push('0\r\n\r\n');
  return parts;
}
