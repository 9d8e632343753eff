import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { type Manifest, minimalValues, ofKind, pick, render } from './support/render.ts';

describe('the canary', () => {
  const { spec } = pick(render(allOptions), 'CronJob', 'canary');
  const { template, backoffLimit } = spec.jobTemplate.spec;

  test('exists only if it is enabled', () => {
    expect(ofKind(render(minimalValues), 'CronJob')).toEqual([]);
  });

  test('posts to each registration through the public URL, with its secret', () => {
    expect(template.spec.containers.map(({ name }: Manifest) => name)).toEqual(['messages', 'chat']);
    expect(template.spec.containers[1].args).toEqual([
      'send',
      '--url=https://events.example.com/webhooks/chat',
    ]);
    expect(template.spec.containers[1].env).toEqual(
      expect.arrayContaining([{ name: 'WEBHOOK_SECRETS_DIR', value: '/etc/comapi-webhook/webhooks/chat' }]),
    );
    expect(template.spec.containers[1].volumeMounts[0].mountPath).toBe('/etc/comapi-webhook/webhooks/chat');
  });

  test('keeps the log of a failed run, and never runs twice at once', () => {
    expect(backoffLimit).toBe(0);
    expect(spec).toMatchObject({ concurrencyPolicy: 'Forbid', failedJobsHistoryLimit: 3 });
  });
});
