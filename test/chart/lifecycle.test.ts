import { describe, expect, test } from 'vitest';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import { environmentOf, minimalValues, pick, render } from './support/render.ts';

describe('a pod’s end', () => {
  test.each([
    [{}, 35],
    [{ shutdown: { preStopSeconds: 15 }, env: { SHUTDOWN_TIMEOUT_MS: 40_500 } }, 61],
  ])('gives the process the configured time: %j', (values, graceSeconds) => {
    const deployment = pick(render({ ...minimalValues, ...values }), 'Deployment');
    const { spec } = deployment.spec.template;
    const { shutdown } = loadReceiverConfig({
      WEBHOOK_SECRET: 'a'.repeat(9) + 'b'.repeat(9),
      ...environmentOf(deployment),
      WEBHOOKS_FILE: '',
    });
    const { seconds } = spec.containers[0].lifecycle.preStop.sleep;
    expect(spec.terminationGracePeriodSeconds).toBe(graceSeconds);
    expect(spec.terminationGracePeriodSeconds - seconds).toBeGreaterThan(shutdown.timeoutMs / 1000 + 4);
  });

  test('needs no sleep hook when there is nothing to wait for', () => {
    const shutdown = { preStopSeconds: 0 };
    const { spec } = pick(render({ ...minimalValues, shutdown }), 'Deployment').spec.template;
    expect(spec.containers[0].lifecycle).toBeUndefined();
  });

  test('never lowers the number of receivers during an upgrade', () => {
    const { strategy } = pick(render(minimalValues), 'Deployment').spec;
    expect(strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
  });
});

describe('probes', () => {
  const manifests = render({ ...minimalValues, revisionFilter: { enabled: true } });

  test.each(['receiver', 'filter'])(
    'of the %s differ: only readiness asks whether it can work',
    (component) => {
      const [container] = pick(manifests, 'Deployment', component).spec.template.spec.containers;
      expect(container.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'management' });
      expect(container.startupProbe.httpGet).toEqual({ path: '/livez', port: 'management' });
      expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'management' });
    },
  );

  test('take a pod out of service long before they restart it', () => {
    const [container] = pick(manifests, 'Deployment', 'receiver').spec.template.spec.containers;
    const secondsUntil = ({ periodSeconds, failureThreshold }: Record<string, number>) =>
      (periodSeconds ?? 10) * (failureThreshold ?? 3);
    expect(secondsUntil(container.readinessProbe)).toBeLessThan(secondsUntil(container.livenessProbe) / 4);
  });
});
