import { describe, expect, test } from 'vitest';
import { environmentOf, type Manifest, minimalValues, ofKind, pick, render } from './support/render.ts';

describe('a pod’s end', () => {
  test.each([
    { preStopSeconds: 5, delaySeconds: 3, timeoutSeconds: 25 },
    { preStopSeconds: 15, delaySeconds: 0, timeoutSeconds: 40 },
  ])('has one set of numbers: %o', (shutdown) => {
    const deployment = pick(render({ ...minimalValues, shutdown }), 'Deployment');
    const environment = environmentOf(deployment);
    const { spec } = deployment.spec.template;
    expect(spec.containers[0].lifecycle.preStop.sleep.seconds).toBe(shutdown.preStopSeconds);
    expect(Number(environment.SHUTDOWN_DELAY_MS)).toBe(shutdown.delaySeconds * 1000);
    expect(Number(environment.SHUTDOWN_TIMEOUT_MS)).toBe(shutdown.timeoutSeconds * 1000);
    expect(spec.terminationGracePeriodSeconds).toBe(shutdown.preStopSeconds + shutdown.timeoutSeconds + 5);
  });

  test('needs no sleep hook when there is nothing to wait for', () => {
    const shutdown = { preStopSeconds: 0 };
    const { spec } = pick(render({ ...minimalValues, shutdown }), 'Deployment').spec.template;
    expect(spec.containers[0].lifecycle).toBeUndefined();
  });

  test('and a start have a time after which a roll-out counts as failed', () => {
    const specs = (values: object) =>
      ofKind(render({ ...minimalValues, revisionFilter: { enabled: true }, ...values }), 'Deployment').map(
        ({ spec }: Manifest) => spec.progressDeadlineSeconds,
      );
    expect(specs({})).toEqual([undefined, undefined]);
    expect(specs({ progressDeadlineSeconds: 120 })).toEqual([120, 120]);
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

describe('numbers', () => {
  test('reach the process as whole numbers, however large', () => {
    const config = { maxBodyBytes: 104857600 };
    const resources = { limits: { memory: '2Gi' } };
    expect(environmentOf(pick(render({ ...minimalValues, config, resources }), 'Deployment'))).toMatchObject({
      MAX_BODY_BYTES: '104857600',
      REQUEST_BUDGET_MS: '8000',
    });
  });
});
