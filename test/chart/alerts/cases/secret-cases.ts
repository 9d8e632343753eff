import { type AlertCases, everyTenMinutes, labels, lastAccepted, pod, target } from './alert-case.ts';

const verified = (secret = 'current', where = target) =>
  `comapi_webhook_signature_verifications_total{${where},webhook="default",secret="${secret}",result="ok"}`;
const failed = (cause: string, where = target) =>
  `comapi_webhook_signature_failures_total{${where},webhook="default",cause="${cause}"}`;
const secrets = (name: string) => `comapi_webhook_secrets{${pod(name)},webhook="default"}`;
const ready = (name: string) => `comapi_webhook_ready{${pod(name)}}`;
/** Time at which the certificate of a pod expires, in seconds since the start of the test. */
const certificateExpiry = (name: string) =>
  `comapi_webhook_certificate_expiry_timestamp_seconds{${pod(name)}}`;
const usable = (name: string, secret: string) =>
  `comapi_webhook_secret_usable{${pod(name)},webhook="default",secret="${secret}"}`;

/**
 * Signatures of one webhook in samples that are ten minutes apart: a week and two hours without failures, followed by
 * four hours with the given failures.
 */
const changedAfterAWeek = (perSample: number, failures: string, rest = `${1020 * perSample}x24`) => ({
  [verified()]: `0+${perSample}x1020 ${rest}`,
  [failed('mismatch')]: `0x1020 ${failures}`,
});

/** Signatures of five pods. The function returns how many signatures a pod verifies and rejects per minute. */
const ofFivePods = (each: (index: number) => { verifies: number; fails: number }) =>
  Object.fromEntries(
    Array.from({ length: 5 }, (_, index) => ({ name: pod(`p${index}`), ...each(index) })).flatMap(
      ({ name, verifies, fails }) => [
        [verified('current', name), `0+${verifies}x90`],
        [failed('mismatch', name), `0+${fails}x90`],
      ],
    ),
  );

export const secretCases: AlertCases = {
  ComapiWebhookNoSignatureVerifies: everyTenMinutes([
    {
      what: 'the secret was changed at the provider only, at ten deliveries a minute',
      series: changedAfterAWeek(100, '0+100x24'),
      at: '171h',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'an unauthenticated client posts beside the provider',
      series: changedAfterAWeek(100, '0+6000x24', '102000+100x24'),
      silentUntil: '174h',
    },
    {
      what: 'an unauthenticated client posts all night, when it is always quiet: nothing was accepted a week ago either',
      series: {
        [verified()]: '0+100x60 6000x84 6000+100x960 102000x84',
        [failed('mismatch')]: '0+100x1200',
      },
      silentUntil: '190h',
    },
    {
      what: 'an unauthenticated client begins to post in the evening, hours after the last delivery',
      series: changedAfterAWeek(100, '0x12 0+600x12'),
      silentUntil: '174h',
    },
    {
      what: 'a scanner guesses what a signature may look like',
      series: {
        ...changedAfterAWeek(100, '0x24'),
        [failed('malformed')]: '0+100x1044',
        [failed('header_sha256')]: '0+100x1044',
        [failed('missing')]: '0+900x1044',
      },
      silentUntil: '174h',
    },
  ]),
  ComapiWebhookSignatureFailures: [
    {
      what: 'a removed secret still signs one delivery in ten, of which few are examined',
      series: {
        [verified()]: '0+90x60',
        [failed('secret_removed')]: '0+2x60',
        [failed('not_examined')]: '0+8x60',
      },
      at: '40m',
      fires: { ...labels, webhook: 'default', cause: 'secret_removed' },
    },
    {
      what: 'at twenty deliveries a day the secret was entered with a line end',
      series: { [failed('secret_white_space')]: '0+0.14x40' },
      interval: '10m',
      at: '5h',
      fires: { ...labels, webhook: 'default', cause: 'secret_white_space' },
    },
    {
      what: 'unauthenticated clients send whatever they like, all day',
      series: Object.fromEntries(
        ['missing', 'malformed', 'header_sha256', 'no_body', 'not_json', 'mismatch', 'not_examined'].map(
          (cause) => [failed(cause), '0+100x600'],
        ),
      ),
      silentUntil: '600m',
    },
    {
      what: 'a wrong secret since the installation at twenty deliveries a day, and the canary is green',
      series: {
        [verified()]: '5x80',
        [failed('mismatch')]: '0+0.14x80',
        [lastAccepted(pod('a'))]: '0x80',
      },
      interval: '10m',
      at: '8h',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'another secret at twenty deliveries a day',
      series: { [verified()]: '0+0.14x1050 147x60', [failed('mismatch')]: '0x1050 0+0.14x60' },
      interval: '10m',
      at: '183h',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'unauthenticated clients sign all day, at twenty deliveries a day that verify',
      series: changedAfterAWeek(0.14, '0+30x150', '142.8+0.14x150'),
      interval: '10m',
      silentUntil: '190h',
    },
    {
      what: 'unauthenticated clients sign all night, when it is always quiet',
      series: {
        [verified()]: '0+100x60 6000x84 6000+100x960 102000x84',
        [failed('mismatch')]: '0x1020 0+30x84',
        [lastAccepted(pod('a'))]: '0+600x60 36000x84 86400+600x960 662400x84',
      },
      interval: '10m',
      silentUntil: '188h',
    },
    {
      what: 'one pod of five lacks the new secret',
      series: ofFivePods((index) => ({ verifies: index === 4 ? 0 : 20, fails: index === 4 ? 20 : 0 })),
      at: '40m',
      fires: { ...labels, instance: 'p4', webhook: 'default' },
    },
    {
      what: 'unauthenticated clients reach one pod of five, which verifies as much as the others',
      series: ofFivePods((index) => ({ verifies: 20, fails: index === 4 ? 20 : 0 })),
      silentUntil: '90m',
    },
  ],
  ComapiWebhookSecretUnusable: [
    {
      what: 'every secret of one registration is gone on one pod',
      series: { [secrets('a')]: '2x5 0x10', [secrets('b')]: '2x15' },
      at: '10m',
      fires: { ...labels, webhook: 'default' },
    },
    {
      what: 'one of two secrets is taken away after a rotation',
      series: { [secrets('a')]: '2x5 1x10', [secrets('b')]: '2x7 1x8' },
      silentUntil: '14m',
    },
    {
      what: 'the new secret is an empty file',
      series: { [usable('a', 'current')]: '1x15', [usable('a', 'new')]: '_x5 0x10' },
      at: '10m',
      fires: { ...labels, webhook: 'default', secret: 'new' },
    },
    {
      what: 'a file was seen half written once',
      series: { [usable('a', 'current')]: '1x15', [usable('a', 'new')]: '_x5 0 1x9' },
      silentUntil: '10m',
    },
  ],
  ComapiWebhookNoSecretForHours: [
    {
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
      what: 'one pod has one',
      series: { [ready('a')]: '1x150', [secrets('a')]: '0x150', [secrets('b')]: '1x150' },
      silentUntil: '150m',
    },
    {
      what: 'no registration has one, so that no pod is ready: that is another page',
      series: { [ready('a')]: '0x150', [secrets('a')]: '0x150' },
      silentUntil: '150m',
    },
  ],
  ComapiWebhookCertificateUnusable: [
    {
      what: 'one pod was given a key that is not that of the certificate',
      series: {
        [`comapi_webhook_certificate_usable{${pod('a')}}`]: '1x5 0x20',
        [`comapi_webhook_certificate_usable{${pod('b')}}`]: '1x25',
      },
      at: '20m',
      fires: labels,
    },
    {
      what: 'the certificate was seen without its key while both were written',
      series: { [`comapi_webhook_certificate_usable{${pod('a')}}`]: '1x5 0x1 1x20' },
      silentUntil: '20m',
    },
    {
      what: 'one pod still has a certificate that expires in less than 14 days',
      series: { [certificateExpiry('a')]: '1209600x40', [certificateExpiry('b')]: '9999999x40' },
      at: '20m',
      fires: labels,
    },
    {
      what: 'the certificate has expired',
      series: { [certificateExpiry('a')]: '600x40' },
      at: '30m',
      fires: labels,
    },
    {
      what: 'the certificate is renewed within minutes after it had 14 days left',
      series: { [certificateExpiry('a')]: '1209600x5 9999999x40' },
      silentUntil: '40m',
    },
    {
      what: 'the certificate is valid for 15 days',
      series: { [certificateExpiry('a')]: '1296000x40' },
      silentUntil: '40m',
    },
  ],
};
