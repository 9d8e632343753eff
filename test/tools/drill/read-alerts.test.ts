import { describe, expect, test } from 'vitest';
import { readAlertmanager, readRules } from '../../../src/tools/drill/alert-watch.ts';

const scope = { job: 'staging', namespace: 'messaging' };

/** As Prometheus answers: https://prometheus.io/docs/prometheus/latest/querying/api/#rules */
function rules(...given: object[]): string {
  return JSON.stringify({ status: 'success', data: { groups: [{ name: 'group', rules: given }] } });
}

function rule(duration: number, ...alerts: object[]): object {
  return { type: 'alerting', name: 'StoreUnavailable', duration, alerts };
}

describe('the rules of Prometheus', () => {
  test.each(['pending', 'firing'])('an alert of the release that is %s', (state) => {
    const alert = { state, labels: { ...scope, severity: 'warning' } };
    expect(readRules(rules(rule(900, alert)), 'StoreUnavailable', scope)).toEqual({
      isFiring: state === 'firing',
      forMs: 900_000,
    });
  });

  test.each([
    ['of another job', { ...scope, job: 'production' }],
    ['of another namespace', { ...scope, namespace: 'other' }],
  ])('an alert %s is not the release’s', (_, labels) => {
    const text = rules(rule(60, { state: 'firing', labels }));
    expect(readRules(text, 'StoreUnavailable', scope)?.isFiring).toBe(false);
  });

  test('of several rules with that name the longest time counts', () => {
    const text = rules(rule(60), rule(900), { name: 'Other', duration: 9_000 });
    expect(readRules(text, 'StoreUnavailable', scope)?.forMs).toBe(900_000);
  });

  test('a rule that is not there', () => {
    expect(readRules(rules({ name: 'Other' }), 'StoreUnavailable', scope)).toBeUndefined();
  });

  test.each(['<html>', '{"status":"error"}'])('another answer is an error: %s', (text) => {
    expect(() => readRules(text, 'StoreUnavailable', scope)).toThrow('is not what the API describes');
  });
});

describe('the alerts of an Alertmanager', () => {
  test.each([
    [true, { ...scope, alertname: 'StoreUnavailable' }],
    [false, { ...scope, alertname: 'Other' }],
    [false, { job: 'production', alertname: 'StoreUnavailable' }],
  ])('it has it: %s', (expected, labels) => {
    expect(readAlertmanager(JSON.stringify([{ labels }]), 'StoreUnavailable', scope)).toBe(expected);
  });
});
