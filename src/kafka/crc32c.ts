/** CRC-32C (Castagnoli) of a part of a buffer, unsigned, eight bytes a step. @see RFC 3720, appendix B.4 */
export function crc32c(data: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const low =
      crc ^
      (byte(data, at) | (byte(data, at + 1) << 8) | (byte(data, at + 2) << 16) | (byte(data, at + 3) << 24));
    crc =
      entry(7, low) ^
      entry(6, low >>> 8) ^
      entry(5, low >>> 16) ^
      entry(4, low >>> 24) ^
      entry(3, byte(data, at + 4)) ^
      entry(2, byte(data, at + 5)) ^
      entry(1, byte(data, at + 6)) ^
      entry(0, byte(data, at + 7));
  }
  for (; at < end; at += 1) {
    crc = entry(0, crc ^ byte(data, at)) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

const reversedPolynomial = 0x82f63b78;
const tables = createTables();

function byte(data: Uint8Array, at: number): number {
  return data[at] as number;
}

function entry(table: number, value: number): number {
  return tables[(table << 8) | (value & 0xff)] as number;
}

/** Table n gives the effect of a byte that n more bytes follow. */
function createTables(): Int32Array {
  const all = new Int32Array(8 * 256);
  for (let value = 0; value < 256; value += 1) {
    let crc = value;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ reversedPolynomial : crc >>> 1;
    }
    all[value] = crc;
  }
  for (let at = 256; at < all.length; at += 1) {
    const before = all[at - 256] as number;
    all[at] = (all[before & 0xff] as number) ^ (before >>> 8);
  }
  return all;
}
