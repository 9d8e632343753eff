/** Eight tables: eight bytes of the input are taken at once (Intel's slicing-by-8). */
const tables = createTables();

/** CRC-32C (Castagnoli), as Kafka has it in the header of a record batch; unsigned. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let crc = -1;
  let i = from;
  for (const blocksEnd = from + ((to - from) & ~7); i < blocksEnd; i += 8) {
    const low =
      crc ^ (at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24));
    crc =
      at(t7, low & 0xff) ^
      at(t6, (low >>> 8) & 0xff) ^
      at(t5, (low >>> 16) & 0xff) ^
      at(t4, low >>> 24) ^
      at(t3, at(bytes, i + 4)) ^
      at(t2, at(bytes, i + 5)) ^
      at(t1, at(bytes, i + 6)) ^
      at(t0, at(bytes, i + 7));
  }
  for (; i < to; i += 1) {
    crc = at(t0, (crc ^ at(bytes, i)) & 0xff) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

type Table = Int32Array;

function createTables(): readonly [Table, Table, Table, Table, Table, Table, Table, Table] {
  const polynomial = 0x82f63b78 | 0;
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    }
    return crc;
  });
  const next = (table: Table): Table => table.map((crc) => at(first, crc & 0xff) ^ (crc >>> 8));
  const second = next(first);
  const third = next(second);
  const fourth = next(third);
  const fifth = next(fourth);
  const sixth = next(fifth);
  const seventh = next(sixth);
  return [first, second, third, fourth, fifth, sixth, seventh, next(seventh)];
}

function at(values: Uint8Array | Int32Array, index: number): number {
  return values[index] as number;
}
