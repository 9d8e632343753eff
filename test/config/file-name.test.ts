import { describe, expect, test } from 'vitest';
import { isFileName } from '../../src/config/file-name.ts';

describe('the name of a file', () => {
  test.each([
    '/run/secrets/webhook/current',
    '/etc/comapi/TLS/ca.crt',
    '/nowhere/planted',
    '/Users/anna/secret',
    '/nowhere',
    './secret',
    '../certs/ca.pem',
    'ca.pem',
    'webhooks.json',
    'package.json',
  ])('%s is shown', (file) => {
    expect(isFileName(file)).toBe(true);
  });

  test.each([
    'planted',
    'correct-horse-battery-staple',
    'f28a115c3ad4b31af27a82d5a89b0d54460f785a',
    // In base64 there are slashes.
    '/4AAQSkZJRgABAQ/AAAQABAAD/2wBDAAgGBgcGBQg=',
    '/9j/4AAQSkZJRgABAQAAAQABAAD',
    'QSkZJ/RgABAQAAAQABAADplanted',
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.planted',
    'amqp://user:planted@host/run',
    '-----BEGIN PRIVATE KEY-----\n/run/planted',
    '/run/planted\0',
    '',
  ])('%j may be a secret', (text) => {
    expect(isFileName(text)).toBe(false);
  });
});
