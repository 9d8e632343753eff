import { expect, test } from 'vitest';
import { toConnectionLimits } from '../../../src/http/server/connection-costs.ts';

const tls = { certFile: 'cert.pem', keyFile: 'key.pem' };
const memory = 512 * 1024 * 1024;

test('connections get a part of the memory, TLS ones are dearer', () => {
  expect(toConnectionLimits({}, memory)).toEqual({ maxConnections: 4_369, whenFull: 'refuse' });
  expect(toConnectionLimits({ tls }, memory).maxConnections).toBe(1_092);
  expect(toConnectionLimits({ tls }, 4 * memory).maxConnections).toBe(4_369);
});
