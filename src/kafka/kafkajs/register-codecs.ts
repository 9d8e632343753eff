import kafkajs from 'kafkajs';
import { decompress } from '../wire/decompress.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const codecs = [
  CompressionTypes.GZIP,
  CompressionTypes.Snappy,
  CompressionTypes.LZ4,
  CompressionTypes.ZSTD,
] as const;

/** Lets kafkajs's consumers read every compression; by itself kafkajs has gzip only, without a bound. */
export function registerCodecs(): void {
  for (const codec of codecs) {
    CompressionCodecs[codec] = () => ({
      compress: () => Promise.reject(new Error('This client writes without compression')),
      decompress: async (data: Buffer) => decompress(data, codec),
    });
  }
}
