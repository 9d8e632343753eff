import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;

/**
 * Where a request says that it was sent to, for example `https://hooks.example.com`: by its proxy, or by itself. Anyone
 * can say anything there, so it is for showing only, and only what has the form of a host is taken.
 *
 * @returns `undefined` when neither names a host
 */
export function readPublicOrigin({ headers, socket }: IncomingMessage): string | undefined {
  const scheme = first(headers['x-forwarded-proto']);
  const ownScheme = (socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  const host = [first(headers['x-forwarded-host']), headers.host].find(isHost);
  return host && `${scheme === 'http' || scheme === 'https' ? scheme : ownScheme}://${host}`;
}

/** Each proxy on the way may add its own; the first one is the outermost. */
function first(header: string | string[] | undefined): string | undefined {
  return String(header ?? '')
    .split(',', 1)[0]
    ?.trim();
}

function isHost(text: string | undefined): text is string {
  return text !== undefined && hostPattern.test(text) && URL.canParse(`http://${text}`);
}
