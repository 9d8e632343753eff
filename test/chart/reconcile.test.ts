import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { type Manifest, minimalValues, ofKind, pick, render } from './support/render.ts';

const registration = { existingSecret: 'provider-api' };
const enabled = { ...minimalValues, registration, reconcile: { enabled: true } };

describe('the reconcile job', () => {
  const { spec } = pick(render(allOptions), 'CronJob', 'reconcile');
  const { template, backoffLimit } = spec.jobTemplate.spec;
  const [container] = template.spec.containers;

  test('exists only if it is enabled', () => {
    expect(ofKind(render(minimalValues), 'CronJob')).toEqual([]);
  });

  test('compares the counts with the store', () => {
    expect(container.args).toEqual(['reconcile', '--since=30h', '--counts=message.sent,message.delivered']);
    const env = new Map(container.env.map(({ name, value }: Manifest) => [name, value]));
    expect(env.get('COMAPI_API_PASSWORD_FILE')).toBe('/etc/comapi-webhook/api/password');
    expect(env.get('COMAPI_API_REGION')).toBe('r2');
    expect(env.get('WEBHOOKS_FILE')).toBe('/etc/comapi-webhook/config/webhooks.json');
    expect(env.has('KAFKA_BROKERS')).toBe(true);
    const mounted = container.volumeMounts.map(({ name }: Manifest) => name);
    const volumes = template.spec.volumes.map(({ name }: Manifest) => name);
    expect(mounted.filter((name: string) => !volumes.includes(name))).toEqual([]);
    // The reconcile command neither signs nor verifies, so its pod has no signing secret.
    expect(mounted.filter((name: string) => name.startsWith('webhook-'))).toEqual([]);
  });

  test('never runs twice at once, and a failed run keeps its log', () => {
    expect(backoffLimit).toBe(0);
    expect(spec).toMatchObject({ concurrencyPolicy: 'Forbid', failedJobsHistoryLimit: 3 });
  });

  test('takes the API user of the registration, which need not be made', () => {
    const manifests = render(enabled);
    const job = pick(manifests, 'CronJob', 'reconcile').spec.jobTemplate.spec.template.spec;
    expect(job.containers[0].args).toContain('--counts');
    expect(job.volumes.find(({ name }: Manifest) => name === 'api').secret.secretName).toBe('provider-api');
    expect(ofKind(manifests, 'Job')).toEqual([]);
  });
});
