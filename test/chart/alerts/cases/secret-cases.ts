import { type AlertCase, labels, pod, target } from './alert-case.ts';

const verified = (secret = 'current', where = target) =>
  `comapi_webhook_signature_verifications_total{${where},webhook="default",secret="${secret}",result="ok"}`;
const failed = (cause: string, where = target) =>
  `comapi_webhook_signature_failures_total{${where},webhook="default",cause="${cause}"}`;
const secrets = (name: string) => `comapi_webhook_secrets{${pod(name)},webhook="default"}`;
const usable = (name: string, secret: string) =>
  `comapi_webhook_secret_usable{${pod(name)},webhook="default",secret="${secret}"}`;

const signatureCases: readonly AlertCase[] = [
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'the secret was changed at the provider only',
    series: { [verified()]: '0+60x10 600x50', [failed('mismatch')]: '0x10 0+60x50' },
    at: '40m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'the same at one delivery a minute',
    series: { [verified()]: '0+1x10 10x50', [failed('mismatch')]: '0x10 0+1x50' },
    at: '45m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'in one cluster of two',
    series: {
      [verified('current', pod('a', 'east'))]: '0+60x60',
      [failed('mismatch', pod('a', 'east'))]: '0x60',
      [verified('current', pod('a', 'west'))]: '0x60',
      [failed('mismatch', pod('a', 'west'))]: '0+60x60',
    },
    at: '40m',
    fires: { ...labels, cluster: 'west', webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'a stranger posts beside the provider',
    series: { [verified()]: '0+60x60', [failed('mismatch')]: '0+600x60' },
    at: '60m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'one forged request in a quiet night',
    series: { [verified()]: '600x90', [failed('mismatch')]: '0x30 1x60' },
    at: '90m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'a burst of 500 forged requests in a quiet night',
    series: { [verified()]: '600x90', [failed('mismatch')]: '0x30 500x60' },
    at: '90m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'a scanner guesses for an hour what a signature may look like',
    series: {
      [verified()]: '600x90',
      [failed('malformed')]: '0+100x90',
      [failed('missing')]: '0+900x90',
      [failed('mismatch')]: '0x90',
    },
    at: '90m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookNoSignatureVerifies',
    what: 'nothing arrives at all',
    series: { [verified()]: '600x60', [failed('mismatch')]: '5x60' },
    at: '60m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'one pod of five lacks the new secret',
    series: { [verified()]: '0+80x60', [failed('mismatch')]: '0+20x60' },
    at: '40m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'a few strangers',
    series: { [verified()]: '0+980x90', [failed('mismatch')]: '0+20x90' },
    at: '90m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'one forged request at ten deliveries an hour',
    series: { [verified()]: '0+0.17x90', [failed('mismatch')]: '0x30 1x60' },
    at: '90m',
    fires: 'never',
  },
];

const fileCases: readonly AlertCase[] = [
  {
    alert: 'ComapiWebhookNoSecret',
    what: 'every secret of one registration is gone on one pod',
    series: { [secrets('a')]: '2x5 0x10', [secrets('b')]: '2x15' },
    at: '10m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookNoSecret',
    what: 'one of two secrets is taken away after a rotation',
    series: { [secrets('a')]: '2x5 1x10', [secrets('b')]: '2x7 1x8' },
    at: '14m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSecretUnusable',
    what: 'the new secret is an empty file',
    series: { [usable('a', 'current')]: '1x15', [usable('a', 'new')]: '_x5 0x10' },
    at: '10m',
    fires: { ...labels, webhook: 'default', secret: 'new' },
  },
  {
    alert: 'ComapiWebhookSecretUnusable',
    what: 'a file was seen half written once',
    series: { [usable('a', 'current')]: '1x15', [usable('a', 'new')]: '_x5 0 1x9' },
    at: '10m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSecretUnusable',
    what: 'the bad file was taken away again',
    series: { [usable('a', 'current')]: '1x20', [usable('a', 'new')]: '_x2 0x6 stale' },
    at: '12m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookCertificateUnusable',
    what: 'one pod was given a key that is not that of the certificate',
    series: {
      [`comapi_webhook_certificate_usable{${pod('a')}}`]: '1x5 0x20',
      [`comapi_webhook_certificate_usable{${pod('b')}}`]: '1x25',
    },
    at: '20m',
    fires: labels,
  },
  {
    alert: 'ComapiWebhookCertificateUnusable',
    what: 'the certificate was seen without its key while both were written',
    series: { [`comapi_webhook_certificate_usable{${pod('a')}}`]: '1x5 0x1 1x20' },
    at: '20m',
    fires: 'never',
  },
];

/** Samples of ten minutes: a pod that lives for six hours, then the next one. */
const inTurn = (values: (pod: string) => Record<string, string>) =>
  Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((name, index) =>
      Object.entries(values(name)).map(([series, value]) => [series, `_x${36 * index} ${value} stale`]),
    ),
  );

const rotationCases: readonly AlertCase[] = [
  {
    alert: 'ComapiWebhookOldSecretUnused',
    what: 'only the new one verifies, and every pod is replaced after six hours',
    series: inTurn((name) => ({
      [usable(name, 'previous')]: '1x36',
      [usable(name, 'current')]: '1x36',
      [verified('previous', pod(name))]: '0x36',
      [verified('current', pod(name))]: '0+5x36',
    })),
    interval: '10m',
    at: '30h',
    fires: { ...labels, webhook: 'default', secret: 'previous' },
  },
  {
    alert: 'ComapiWebhookOldSecretUnused',
    what: 'both verify, and every pod is replaced after six hours',
    series: inTurn((name) => ({
      [usable(name, 'previous')]: '1x36',
      [usable(name, 'current')]: '1x36',
      [verified('previous', pod(name))]: '0x18 1x18',
      [verified('current', pod(name))]: '0+5x36',
    })),
    interval: '10m',
    at: '34h',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookOldSecretUnused',
    what: 'nothing arrives: nobody knows',
    series: {
      [usable('a', 'previous')]: '1x200',
      [usable('a', 'current')]: '1x200',
      [verified('previous', pod('a'))]: '7x200',
      [verified('current', pod('a'))]: '9x200',
    },
    interval: '10m',
    at: '30h',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookOldSecretUnused',
    what: 'the next one was put there ten hours ago',
    series: {
      [usable('a', 'next')]: '_x120 1x60',
      [usable('a', 'current')]: '1x200',
      [verified('next', pod('a'))]: '_x120 0x60',
      [verified('current', pod('a'))]: '0+5x200',
    },
    interval: '10m',
    at: '30h',
    fires: 'never',
  },
];

export const secretCases = [...signatureCases, ...fileCases, ...rotationCases];
