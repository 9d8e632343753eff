import { createHash, X509Certificate } from 'node:crypto';

const magic = 0xfeedfeed;
const version = 2;
const trustedCertificate = 2;

/**
 * Converts certificates to Java's key store format (JKS), because Java 17 and later cannot read trusted certificates in
 * PEM format. The format follows the source code of `sun.security.provider.JavaKeyStore`, including its constant
 * "whitener" string.
 */
export function toJavaKeyStore(pems: readonly string[], password = 'changeit'): Buffer {
  const entries = pems.flatMap((pem, index) => {
    const { raw } = new X509Certificate(pem);
    return [
      toInt(trustedCertificate),
      toUtf(`ca-${index}`),
      Buffer.alloc(8),
      toUtf('X.509'),
      toInt(raw.length),
      raw,
    ];
  });
  const store = Buffer.concat([toInt(magic), toInt(version), toInt(pems.length), ...entries]);
  const utf16be = Buffer.from(password, 'utf16le').swap16();
  const digest = createHash('sha1').update(utf16be).update('Mighty Aphrodite').update(store).digest();
  return Buffer.concat([store, digest]);
}

function toInt(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function toUtf(text: string): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(text.length);
  return Buffer.concat([bytes, Buffer.from(text, 'ascii')]);
}
