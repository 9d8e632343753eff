/**
 * Why paths cannot be appended to a URL, as a half sentence; `undefined` when they can. The URL is never quoted: it may
 * hold a password.
 */
export function findBaseUrlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    return 'is not an http:// or https:// URL';
  }
  if (url.username !== '' || url.password !== '') {
    return 'holds a user name or a password, which would be shown and logged';
  }
  // An empty query leaves no trace in the parsed URL.
  return /[?#]/.test(text) ? 'has a query or a fragment: no path can follow it' : undefined;
}
