import { type AlertCase, labels, pod, target } from './alert-case.ts';

const verified = (secret = 'current', where = target) =>
  `comapi_webhook_signature_verifications_total{${where},webhook="default",secret="${secret}",result="ok"}`;
const failed = (cause: string, where = target) =>
  `comapi_webhook_signature_failures_total{${where},webhook="default",cause="${cause}"}`;
const secrets = (name: string) => `comapi_webhook_secrets{${pod(name)},webhook="default"}`;
const ready = (name: string) => `comapi_webhook_ready{${pod(name)}}`;
const usable = (name: string, secret: string) =>
  `comapi_webhook_secret_usable{${pod(name)},webhook="default",secret="${secret}"}`;

/** Samples of ten minutes: a week, two hours, and then four hours of which the failures are these. */
const changedAfterAWeek = (perSample: number, failures: string, rest = `${1020 * perSample}x24`) => ({
  [verified()]: `0+${perSample}x1020 ${rest}`,
  [failed('mismatch')]: `0x1020 ${failures}`,
});

const pageCases = [
  {
    what: 'the secret was changed at the provider only, at ten deliveries a minute',
    series: changedAfterAWeek(100, '0+100x24'),
    at: '171h',
    fires: { ...labels, webhook: 'default' },
  },
  {
    what: 'the same at one delivery a minute',
    series: changedAfterAWeek(10, '0+10x24'),
    at: '171h',
    fires: { ...labels, webhook: 'default' },
  },
  {
    what: 'in one cluster of two',
    series: {
      [verified('current', pod('a', 'east'))]: '0+60x1060',
      [failed('mismatch', pod('a', 'east'))]: '0x1060',
      [verified('current', pod('a', 'west'))]: '0+60x1020 61200x40',
      [failed('mismatch', pod('a', 'west'))]: '0x1020 0+60x40',
    },
    at: '171h',
    fires: { ...labels, cluster: 'west', webhook: 'default' },
  },
  {
    what: 'a stranger posts beside the provider',
    series: changedAfterAWeek(100, '0+6000x24', '102000+100x24'),
    at: '174h',
    fires: 'never',
  },
  {
    what: 'a stranger posts all night, when it is always quiet: nothing was accepted a week ago either',
    series: {
      [verified()]: '0+100x60 6000x84 6000+100x960 102000x84',
      [failed('mismatch')]: '0+100x1200',
    },
    at: '190h',
    fires: 'never',
  },
  {
    what: 'a stranger begins to post in the evening, hours after the last delivery',
    series: changedAfterAWeek(100, '0x12 0+600x12'),
    at: '174h',
    fires: 'never',
  },
  {
    what: 'a scanner guesses what a signature may look like',
    series: {
      ...changedAfterAWeek(100, '0x24'),
      [failed('malformed')]: '0+100x1044',
      [failed('header_sha256')]: '0+100x1044',
      [failed('missing')]: '0+900x1044',
    },
    at: '174h',
    fires: 'never',
  },
  {
    what: 'nothing arrives at all',
    series: changedAfterAWeek(100, '0x24'),
    at: '174h',
    fires: 'never',
  },
].map(
  (each): AlertCase => ({ alert: 'ComapiWebhookNoSignatureVerifies', interval: '10m', ...each }) as AlertCase,
);

const signatureCases: readonly AlertCase[] = [
  ...pageCases,
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'a removed secret still signs one delivery in ten, of which few are examined',
    series: {
      [verified()]: '0+90x60',
      [failed('secret_removed')]: '0+2x60',
      [failed('not_examined')]: '0+8x60',
    },
    at: '40m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookSignatureMistake',
    what: 'at twenty deliveries a day the secret was entered with a line end',
    series: { [failed('secret_white_space')]: '0+0.14x40' },
    interval: '10m',
    at: '5h',
    fires: { ...labels, webhook: 'default', cause: 'secret_white_space' },
  },
  {
    alert: 'ComapiWebhookSignatureMistake',
    what: 'a proxy rewrites bodies, on one pod and then on another',
    series: {
      [failed('body_rewritten', pod('a'))]: '0x10 1x100',
      [failed('body_rewritten', pod('b'))]: '0x20 1x100',
    },
    at: '60m',
    fires: { ...labels, webhook: 'default', cause: 'body_rewritten' },
  },
  {
    alert: 'ComapiWebhookSignatureMistake',
    what: 'strangers send whatever they like, all day',
    series: Object.fromEntries(
      ['missing', 'malformed', 'header_sha256', 'no_body', 'not_json', 'mismatch', 'not_examined'].map(
        (cause) => [failed(cause), '0+100x600'],
      ),
    ),
    at: '600m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'a wrong secret at twenty deliveries a day, and the canary is green',
    series: { [verified()]: '5x80', [failed('mismatch')]: '0+0.14x80' },
    interval: '10m',
    at: '8h',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'two forged requests a day at twenty deliveries a day',
    series: { [verified()]: '0+0.14x300', [failed('mismatch')]: '0x40 1x70 2x70 3x70 4x50' },
    interval: '10m',
    at: '50h',
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
    what: 'a stranger signed three times at twenty deliveries a day, and for four hours deliveries verify',
    series: { [verified()]: '0+0.14x80', [failed('mismatch')]: '0x30 3x50' },
    interval: '10m',
    at: '9h20m',
    fires: undefined,
  },
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'the same, and nothing has come since that could show that all is well',
    series: { [verified()]: '0+0.14x29 4.2x60', [failed('mismatch')]: '0x30 3x60' },
    interval: '10m',
    at: '10h',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookSignatureFailures',
    what: 'one of two pods lacks the secret, at twenty deliveries a day',
    series: { [verified()]: '0 0x7 1x15 2x15 3x15 4x30', [failed('mismatch')]: '0 1x15 2x15 3x15 4x15 5x30' },
    interval: '10m',
    at: '9h',
    fires: { ...labels, webhook: 'default' },
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
    alert: 'ComapiWebhookNoSecretForHours',
    what: 'one registration of two has had none for two hours, on no pod',
    series: {
      [ready('a')]: '1x150',
      [secrets('a')]: '2x5 0x145',
      [secrets('b')]: '2x7 0x143',
    },
    at: '135m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookNoSecretForHours',
    what: 'one pod has one',
    series: { [ready('a')]: '1x150', [secrets('a')]: '0x150', [secrets('b')]: '1x150' },
    at: '150m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookNoSecretForHours',
    what: 'no registration has one, so that no pod is ready: that is another page',
    series: { [ready('a')]: '0x150', [secrets('a')]: '0x150' },
    at: '150m',
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
