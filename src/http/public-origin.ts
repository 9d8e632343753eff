import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;

/**
 * The origin that a request was sent to, for example `https://hooks.example.com`, as its proxy or the request itself
 * gives it. Anyone can write anything there, so it is only for display, and only the form of a host is accepted.
 *
 * @returns `undefined` when neither gives a host
 */
export function readPublicOrigin({ headers, socket }: IncomingMessage): string | undefined {
  const scheme = first(headers['x-forwarded-proto']);
  const ownScheme = (socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  const host = [first(headers['x-forwarded-host']), headers.host].find(isHost);
  return host && `${scheme === 'http' || scheme === 'https' ? scheme : ownScheme}://${host}`;
}

/** Each proxy on the way may add a value; the first one is from the outermost proxy. */
function first(header: string | string[] | undefined): string | undefined {
  return String(header ?? '')
    .split(',', 1)[0]
    ?.trim();
}

function isHost(text: string | undefined): text is string {
  return text !== undefined && hostPattern.test(text) && URL.canParse(`http://${text}`);
}
