import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { type Manifest, minimalValues, ofKind, pick, render } from './support/render.ts';

describe('the canary', () => {
  const { spec } = pick(render(allOptions), 'CronJob', 'canary');
  const { template, backoffLimit } = spec.jobTemplate.spec;

  test('is not there unless it is asked for', () => {
    expect(ofKind(render(minimalValues), 'CronJob')).toEqual([]);
  });

  test('posts to each registration through the public URL, with its secret and a large body', () => {
    expect(template.spec.containers.map(({ name }: Manifest) => name)).toEqual(['messages', 'chat']);
    expect(template.spec.containers[1].args).toEqual([
      'canary',
      '--url=https://events.example.com/webhooks/chat',
      '--secret-dir=/etc/comapi-webhook/webhooks/chat',
      '--body-bytes=2097152',
      '--certificate-days=0',
      '--signature-header=x-comapi-signature',
    ]);
    expect(template.spec.containers[1].volumeMounts[0].mountPath).toBe('/etc/comapi-webhook/webhooks/chat');
  });

  test('sends by default the largest body that is promised', () => {
    const values = { ...minimalValues, publicUrl: 'https://a.example', canary: { enabled: true } };
    const { containers } = pick(render({ ...values, config: { maxBodyBytes: 20971520 } }), 'CronJob').spec
      .jobTemplate.spec.template.spec;
    expect(containers[0].args).toContain('--body-bytes=20971520');
  });

  test('keeps the log of a failed run, and never runs twice at once', () => {
    expect(backoffLimit).toBe(0);
    expect(spec).toMatchObject({ concurrencyPolicy: 'Forbid', failedJobsHistoryLimit: 3 });
  });

  test('can stand still for a while, as the reconcile job can', () => {
    expect(spec.suspend).toBe(false);
    const suspended = render({
      ...allOptions,
      canary: { ...allOptions.canary, suspend: true },
      reconcile: { enabled: true, suspend: true },
    });
    expect(ofKind(suspended, 'CronJob').map(({ spec: { suspend } }: Manifest) => suspend)).toEqual([
      true,
      true,
    ]);
  });

  test('can be a probe of name, certificate and route by a blackbox exporter', () => {
    const probe = pick(render(allOptions), 'Probe');
    expect(probe.metadata.labels.release).toBe('kube-prometheus-stack');
    expect(probe.spec).toMatchObject({
      module: 'http_2xx',
      prober: { url: 'blackbox-exporter.monitoring:9115' },
      targets: {
        staticConfig: {
          static: [
            'https://events.example.com/webhooks/messages',
            'https://events.example.com/webhooks/chat',
          ],
        },
      },
    });
  });
});
