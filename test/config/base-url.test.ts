import { expect, test } from 'vitest';
import { findBaseUrlFault } from '../../src/config/base-url.ts';

test.each(['https://hooks.example.com', 'http://localhost:8080/prefix/'])('takes %s', (url) => {
  expect(findBaseUrlFault(url)).toBeUndefined();
});

test.each([
  ['hooks.example.com', 'is not an http'],
  ['ftp://hooks.example.com', 'is not an http'],
  ['https://user@hooks.example.com', 'holds a user name'],
  ['https://:planted@hooks.example.com', 'holds a user name'],
  ['https://hooks.example.com?', 'has a query'],
  ['https://hooks.example.com/a#b', 'has a query or a fragment'],
])('refuses %s, and does not quote it', (url, fault) => {
  expect(findBaseUrlFault(url)).toContain(fault);
  expect(findBaseUrlFault(url)).not.toContain('example.com');
});
