import kafkajs from 'kafkajs';
import { decompress } from '../wire/decompress.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const missing = [CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD] as const;

/** Lets kafkajs's consumers read every compression; by itself kafkajs has gzip only. Calling it again changes nothing. */
export function registerCodecs(): void {
  for (const codec of missing) {
    CompressionCodecs[codec] = () => ({
      compress: () => Promise.reject(new Error('This client writes without compression')),
      decompress: async (data: Buffer) => decompress(data, codec),
    });
  }
}
