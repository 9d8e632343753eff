import { describe, expect, it } from 'vitest';
import { verifyKafkajsVersion } from '../../../src/kafka/kafkajs/kafkajs-version.ts';

describe('verifyKafkajsVersion', () => {
  it('accepts the installed release', () => {
    expect(() => verifyKafkajsVersion()).not.toThrow();
  });

  it('refuses any other', () => {
    expect(() => verifyKafkajsVersion('2.2.5')).toThrow('kafkajs 2.2.5 is installed, but only 2.2.4');
  });
});
