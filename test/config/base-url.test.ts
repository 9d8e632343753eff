import { describe, expect, test } from 'vitest';
import { findBaseUrlProblem } from '../../src/config/base-url.ts';

describe('base url', () => {
  test.each(['https://hooks.example.com', 'http://localhost:8080/prefix/'])('takes %s', (url) => {
    expect(findBaseUrlProblem(url)).toBeUndefined();
  });

  test.each([
    ['hooks.example.com', 'is not an http'],
    ['ftp://hooks.example.com', 'is not an http'],
    ['https://user@hooks.example.com', 'holds a user name'],
    ['https://:planted@hooks.example.com', 'holds a user name'],
    ['https://hooks.example.com?', 'has a query'],
    ['https://hooks.example.com/a#b', 'has a query or a fragment'],
  ])('refuses %s, and does not quote it', (url, fault) => {
    expect(findBaseUrlProblem(url)).toContain(fault);
    expect(findBaseUrlProblem(url)).not.toContain('example.com');
  });
});
