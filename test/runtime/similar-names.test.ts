import { describe, expect, test } from 'vitest';
import { editDistance, findNameWithOtherUnit, findNearest } from '../../src/runtime/similar-names.ts';

describe('names that are like another', () => {
  test.each([
    ['comapi.evnts', 'comapi.events'],
    ['comapi.event', 'comapi.events'],
    ['order', undefined],
    ['shop', 'shops'],
    ['shxx', undefined],
    ['shoxx', 'shops'],
    ['comapi.evxxxs', undefined],
    ['', undefined],
  ])('%s: %s', (name, nearest) => {
    expect(findNearest(name, ['comapi.orders', 'comapi.events', 'shops', 'shap'])).toBe(nearest);
  });

  test('the nearest of several is found, and none beyond a bound', () => {
    expect(findNearest('events', ['evennts2', 'event', 'events1'])).toBe('event');
    expect(findNearest('events', ['evnt'], 1)).toBeUndefined();
  });
});

describe('names with another unit', () => {
  test.each([
    ['REQUEST_BUDGET', 'REQUEST_BUDGET_MS'],
    ['REQUEST_BUDGET_SECONDS', 'REQUEST_BUDGET_MS'],
    ['MAX_BODY_MIB', 'MAX_BODY_BYTES'],
    ['WINDOW_MS', 'WINDOW'],
    ['REQUEST_BUDGET_MS', undefined],
    ['REQUEST', undefined],
    ['REQUEST_BUDGET_FILE', undefined],
    ['_MS', undefined],
  ])('%s: %s', (name, meant) => {
    expect(findNameWithOtherUnit(name, ['WINDOW', 'REQUEST_BUDGET_MS', 'MAX_BODY_BYTES'])).toBe(meant);
  });
});

describe('edit distance', () => {
  test.each([
    ['', '', 0],
    ['KAFKA_BROKERS', 'KAFKA_BROKERS', 0],
    ['KAFKA_BROKER', 'KAFKA_BROKERS', 1],
    ['KAFKAA_BROKERS', 'KAFKA_BROKERS', 1],
    ['KAKFA_BROKERS', 'KAFKA_BROKERS', 1],
    ['KAFKA-BROKERS', 'KAFKA_BROKERS', 1],
    ['KAFKA_BROKER_URL', 'KAFKA_BROKERS', 4],
    ['SSL_CERT_FILE', 'TLS_CERT_FILE', 2],
    ['', 'PORT', 4],
    ['ax', 'xb', 2],
  ])('%s is %s after %i changes', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });
});
