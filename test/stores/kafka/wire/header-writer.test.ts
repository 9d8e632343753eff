import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { HeaderWriter, writeHeaders } from '../../../../src/stores/kafka/wire/header-writer.ts';
import { bytesOf } from '../../../support/bytes-of.ts';

/** A small set of names and values, so that successive records share some headers, sometimes at different positions. */
const headers = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('', 'x', 'y', 'ünï'));

it('writes what stands in the record before as it writes all else', () => {
  fc.assert(
    fc.property(fc.array(headers, { maxLength: 12 }), (records) => {
      const expected = bytesOf((writer) => {
        for (const each of records) {
          writeHeaders(writer, each);
        }
      });
      const written = bytesOf((writer) => {
        const headerWriter = new HeaderWriter();
        for (const each of records) {
          expect(headerWriter.write(writer, each)).toBe(Object.keys(each).length);
        }
      });
      expect(written.equals(expected)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('encodes nothing that stands in the record before', () => {
  bytesOf((writer) => {
    const headerWriter = new HeaderWriter();
    headerWriter.write(writer, { webhook: 'default', id: 'a' });
    const encode = vi.spyOn(writer, 'varintString');
    headerWriter.write(writer, { webhook: 'default', id: 'b' });
    expect(encode.mock.calls).toEqual([['id'], ['b']]);
  });
});

it('copies nothing from where it wrote, once it is told that this has been moved', () => {
  const written = bytesOf((writer) => {
    const headerWriter = new HeaderWriter();
    headerWriter.write(writer, { webhook: 'default' });
    writer.bytes.fill('?', 0, writer.offset);
    writer.offset = 0;
    headerWriter.forget();
    headerWriter.write(writer, { webhook: 'default' });
  });
  expect(written.toString('latin1')).toBe('\x0ewebhook\x0edefault');
});
