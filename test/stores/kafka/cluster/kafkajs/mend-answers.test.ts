import * as fc from 'fast-check';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import { requests } from 'kafkajs/src/protocol/requests/index.js';
import { beforeAll, expect, test } from 'vitest';
import { kafkaApis } from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { mendDecoder } from '../../../../../src/stores/kafka/cluster/kafkajs/mend-answers.ts';
import { bytesOf } from '../../../../support/bytes-of.ts';
import { mutationsOf } from '../../../../support/kafka/mutated-bytes.ts';

interface Definition {
  readonly versions: readonly string[];
  readonly protocol: (version: { readonly version: number }) => (parameters: object) => {
    readonly response: { decode(payload: Buffer): Promise<unknown> };
  };
}

beforeAll(mendDecoder);

/** Texts, lists and numbers as answers have them; which they are depends on who reads. */
const likeAnAnswer = bytesOf((writer) => {
  writer.int32(0);
  writer.array([1, 2], (number) => {
    writer.string('text');
    writer.int16(0);
    writer.array([number], (each) => writer.int32(each));
  });
});

const apis = ['ApiVersions', 'SaslHandshake', 'SaslAuthenticate', ...Object.keys(kafkaApis)]
  // Its records are never read by kafkajs: see `fetch-codec.ts`.
  .filter((api) => api !== 'Fetch');
const answers = apis.flatMap((api) => {
  const { versions } = requests[api] as Definition;
  return versions.map((version) => [api, Number(version)] as const);
});

test.each(answers)(
  'whatever the bytes of an answer to %s %i are, reading them ends',
  async (api, version) => {
    const { protocol } = requests[api] as Definition;
    const { response } = protocol({ version })({
      topics: [],
      topicData: [],
      resources: [],
      groupProtocols: [],
    });
    await fc.assert(
      fc.asyncProperty(mutationsOf(likeAnAnswer), async (bytes) => {
        await response.decode(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(Error));
      }),
      { numRuns: 300 },
    );
  },
);

test.each([-(2 ** 15), -2, 7])('a text of %i bytes is refused', (length) => {
  const bytes = Buffer.alloc(8);
  bytes.writeInt16BE(length);
  expect(() => new Decoder(bytes).readString()).toThrow(RangeError);
});

test.each([-(2 ** 31), -2, 5, 2 ** 31 - 1])(
  'bytes and lists of %i are refused, and nothing is made',
  async (count) => {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(count);
    const decoder = () => new Decoder(bytes);
    expect(() => decoder().readBytes()).toThrow(RangeError);
    expect(() => decoder().readArray(() => 0)).toThrow(RangeError);
    await expect(decoder().readArrayAsync(async () => 0)).rejects.toThrow(RangeError);
  },
);

test('nothing is none or empty, and sound values come as they did', async () => {
  const none = Buffer.alloc(4, 0xff);
  expect(new Decoder(none).readString()).toBeNull();
  expect(new Decoder(none).readBytes()).toBeNull();
  expect(new Decoder(none).readArray(() => 0)).toEqual([]);
  const decoder = new Decoder(
    bytesOf((writer) => {
      writer.string('text');
      writer.array([7, 8], (number) => writer.int32(number));
      writer.array([9], (number) => writer.int32(number));
    }),
  );
  const number = (each: Decoder) => each.readInt32();
  expect(decoder.readString()).toBe('text');
  expect(decoder.readArray(number)).toEqual([7, 8]);
  expect(await decoder.readArrayAsync(async (each) => number(each))).toEqual([9]);
  expect(decoder.offset).toBe(decoder.buffer.length);
});
