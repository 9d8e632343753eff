import { connect } from 'node:tls';

/**
 * Until when the certificate is valid that a client of the URL is shown.
 *
 * @throws {Error} when there is no connection, or no trust in the certificate
 */
export function readCertificateEnd(url: URL, timeoutMs: number): Promise<Date> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: Number(url.port || 443),
      // An address is no server name.
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      timeout: timeoutMs,
    });
    socket.once('secureConnect', () => {
      resolve(new Date(socket.getPeerCertificate().valid_to));
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error(`no TLS handshake with ${url.host} in time`)));
    socket.once('error', reject);
  });
}
