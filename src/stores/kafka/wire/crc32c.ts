import { endianness } from 'node:os';

/** The algorithm takes 16 bytes at once (slicing-by-16). @see https://create.stephan-brumme.com/crc32/ */
const sliceBytes = 16;
const table = createTable();
const noWords = new Int32Array();
const readsWords = endianness() === 'LE';

/** CRC-32C (Castagnoli), as Kafka has it in the header of a record batch; unsigned. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  // Four bytes can be read as one number where their address in memory is a multiple of four.
  const aligned = Math.min(to, from + (-(bytes.byteOffset + from) & 3));
  const words = toWords(bytes, aligned, to);
  let crc = addBytes(-1, bytes, from, aligned);
  for (let i = 0; i < words.length; i += 4) {
    const a = crc ^ at(words, i);
    const b = at(words, i + 1);
    const c = at(words, i + 2);
    const d = at(words, i + 3);
    crc =
      at(table, 0xf00 + (a & 0xff)) ^
      at(table, 0xe00 + ((a >>> 8) & 0xff)) ^
      at(table, 0xd00 + ((a >>> 16) & 0xff)) ^
      at(table, 0xc00 + (a >>> 24)) ^
      at(table, 0xb00 + (b & 0xff)) ^
      at(table, 0xa00 + ((b >>> 8) & 0xff)) ^
      at(table, 0x900 + ((b >>> 16) & 0xff)) ^
      at(table, 0x800 + (b >>> 24)) ^
      at(table, 0x700 + (c & 0xff)) ^
      at(table, 0x600 + ((c >>> 8) & 0xff)) ^
      at(table, 0x500 + ((c >>> 16) & 0xff)) ^
      at(table, 0x400 + (c >>> 24)) ^
      at(table, 0x300 + (d & 0xff)) ^
      at(table, 0x200 + ((d >>> 8) & 0xff)) ^
      at(table, 0x100 + ((d >>> 16) & 0xff)) ^
      at(table, d >>> 24);
  }
  return ~addBytes(crc, bytes, aligned + words.length * 4, to) >>> 0;
}

/** The whole slices of this range; none on a big-endian processor, which would read the numbers the other way round. */
function toWords(bytes: Uint8Array, from: number, to: number): Int32Array {
  const slices = Math.floor((to - from) / sliceBytes);
  return readsWords && slices > 0
    ? new Int32Array(bytes.buffer, bytes.byteOffset + from, (slices * sliceBytes) / 4)
    : noWords;
}

function addBytes(start: number, bytes: Uint8Array, from: number, to: number): number {
  let crc = start;
  for (let i = from; i < to; i += 1) {
    crc = at(table, (crc ^ at(bytes, i)) & 0xff) ^ (crc >>> 8);
  }
  return crc;
}

/** Row n begins at index 256 n: what a byte does to the checksum when n more bytes of its slice follow. */
function createTable(): Int32Array {
  const polynomial = 0x82f63b78 | 0;
  const rows = new Int32Array(sliceBytes * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    }
    rows[byte] = crc;
  }
  for (let i = 256; i < rows.length; i += 1) {
    const before = at(rows, i - 256);
    rows[i] = at(rows, before & 0xff) ^ (before >>> 8);
  }
  return rows;
}

function at(values: Uint8Array | Int32Array, index: number): number {
  return values[index] as number;
}
