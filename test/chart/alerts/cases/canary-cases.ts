import { type AlertCase, labels, lastAccepted, pod, requests } from './alert-case.ts';

const lastCanary = (where: string, webhook = 'default') =>
  `comapi_webhook_last_canary_timestamp_seconds{${where},webhook="${webhook}"}`;

/** Samples of ten minutes: a week and two hours, and then four hours of this. */
const afterAWeek = (canaries: string, accepted: string, ready = '1x1044') => ({
  [`comapi_webhook_ready{${pod('a')}}`]: ready,
  [requests('ok', pod('a'))]: '0+10x1044',
  [lastCanary(pod('a'))]: `0+600x1020 ${canaries}`,
  [lastAccepted(pod('a'))]: `0+600x1020 ${accepted}`,
});

const publicUrlCases = [
  {
    what: 'neither a canary nor the provider arrives for three hours',
    series: afterAWeek('612000x24', '612000x24'),
    at: '174h',
    fires: { ...labels, webhook: 'default' },
  },
  {
    what: 'the canary does not run, and the provider arrives',
    series: afterAWeek('612000x24', '612600+600x24'),
    at: '174h',
    fires: 'never',
  },
  {
    what: 'the provider sends nothing, and the canary arrives',
    series: afterAWeek('612600+600x24', '612000x24'),
    at: '174h',
    fires: 'never',
  },
  {
    what: 'the canary does not run in a night that was as quiet a week ago',
    series: {
      ...afterAWeek('612000x24', '612000x24'),
      [requests('ok', pod('a'))]: '0x60 0+10x960 9600x30',
    },
    at: '173h',
    fires: 'never',
  },
  {
    what: 'no pod is ready: that is another page',
    series: afterAWeek('612000x24', '612000x24', '1x1020 0x24'),
    at: '174h',
    fires: 'never',
  },
  {
    what: 'the registration has no secret, though others have: that is another page',
    series: {
      ...afterAWeek('612000x24', '612000x24'),
      [`comapi_webhook_secrets{${pod('a')},webhook="default"}`]: '2x1020 0x24',
    },
    at: '174h',
    fires: 'never',
  },
].map((each): AlertCase => ({ alert: 'ComapiWebhookPublicUrlDown', interval: '10m', ...each }) as AlertCase);

const certificateStart = (name: string) =>
  `comapi_webhook_public_certificate_start_timestamp_seconds{${pod(name)},webhook="default"}`;
const certificateEnd = (name: string) =>
  `comapi_webhook_public_certificate_end_timestamp_seconds{${pod(name)},webhook="default"}`;

/** One run every fifteen minutes for so many hours. */
const canaryRuns = (hours: number, isGood: (run: number) => boolean) => {
  let last = 0;
  const times = Array.from({ length: hours * 4 }, (_, run) => {
    last = isGood(run) ? run * 900 : last;
    return `${last}x14`;
  });
  return { [lastCanary(pod('a'))]: times.join(' ') };
};

const unsteadyCases = [
  {
    what: 'every fifth run fails',
    series: canaryRuns(30, (run) => run % 5 !== 0),
    at: '1790m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    what: 'one run of a day fails, and the canary is new',
    series: canaryRuns(30, (run) => run % 96 !== 50),
    at: '1790m',
    fires: 'never',
  },
].map((each): AlertCase => ({ alert: 'ComapiWebhookCanaryUnsteady', ...each }) as AlertCase);

const ofProbe = { job: 'events-comapi-webhook-receiver-probe', namespace: 'messaging' };
const probeSuccess = (path: string) =>
  `probe_success{job="${ofProbe.job}",namespace="messaging",instance="https://events.example.com${path}"}`;

const probeCases = [
  {
    what: 'one of two public URLs has not answered for a quarter of an hour',
    series: { [probeSuccess('/a')]: '1x60', [probeSuccess('/b')]: '1x10 0x50' },
    at: '35m',
    fires: { ...ofProbe, instance: 'https://events.example.com/b' },
  },
  {
    what: 'it fails now and then, for some minutes',
    series: { [probeSuccess('/a')]: '1x10 0x10 1 0x10 1x40' },
    at: '60m',
    fires: 'never',
  },
  {
    what: 'no exporter probes, or Prometheus does not know of it',
    series: { [probeSuccess('/a')]: '1x10 stale' },
    at: '35m',
    fires: ofProbe,
  },
  {
    what: 'the probe of another release',
    series: {
      [probeSuccess('/a')]: '1x60',
      'probe_success{job="other-probe",namespace="messaging",instance="https://other.example.com/"}': '0x60',
    },
    at: '60m',
    fires: 'never',
  },
].map((each): AlertCase => ({ alert: 'ComapiWebhookProbeFails', ...each }) as AlertCase);

const probedEnd = `probe_ssl_earliest_cert_expiry{job="${ofProbe.job}",namespace="messaging",instance="https://events.example.com/a"}`;

/** Without a canary: the exporter knows when a certificate ends, not since when it is. */
export const probedCertificateCases = [
  {
    what: 'it ends in thirteen days, and a day ago it had fourteen',
    series: { [probedEnd]: '1296000x300' },
    at: '49h',
    fires: { ...ofProbe, instance: 'https://events.example.com/a' },
  },
  {
    what: 'it was renewed',
    series: { [probedEnd]: '1296000x280 7776000x20' },
    at: '50h',
    fires: undefined,
  },
  {
    what: 'it has fifteen days left',
    series: { [probedEnd]: '1382400x100' },
    at: '15h',
    fires: 'never',
  },
  {
    what: 'those of six days are renewed when two are left',
    series: { [probedEnd]: '518400x576 864000x576 1209600x100' },
    at: '200h',
    fires: 'never',
  },
  {
    what: 'one of six days was not renewed when a day was left',
    series: { [probedEnd]: '518400x800' },
    at: '121h',
    fires: { ...ofProbe, instance: 'https://events.example.com/a' },
  },
].map(
  (each): AlertCase => ({ alert: 'ComapiWebhookCertificateExpires', interval: '10m', ...each }) as AlertCase,
);

export const canaryCases: readonly AlertCase[] = [
  ...probeCases,
  ...unsteadyCases,
  ...publicUrlCases,
  {
    alert: 'ComapiWebhookCertificateExpires',
    what: 'it ends in thirteen days, and one of the pods was never asked',
    series: {
      [certificateStart('a')]: '-6652800x60',
      [certificateEnd('a')]: '1123200x60',
      [certificateEnd('b')]: '0x60',
    },
    at: '50m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookCertificateExpires',
    what: 'one of six days has two of them left, and will be renewed now',
    series: { [certificateStart('a')]: '-345600x60', [certificateEnd('a')]: '172800x60' },
    at: '50m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookCertificateExpires',
    what: 'one of six days has a day left, and was not renewed',
    series: { [certificateStart('a')]: '-432000x60', [certificateEnd('a')]: '86400x60' },
    at: '50m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookCertificateExpires',
    what: 'it was renewed, and only one pod has heard of it',
    series: {
      [certificateStart('a')]: '-6652800x10 0x60',
      [certificateEnd('a')]: '1123200x10 7776000x60',
      [certificateStart('b')]: '-6652800x70',
      [certificateEnd('b')]: '1123200x70',
    },
    at: '70m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookCanaryMissing',
    what: 'the last one arrived an hour ago, pods were replaced since, and the provider posts',
    series: {
      [lastCanary(pod('a'))]: '0 60x30 stale',
      [lastCanary(pod('b'))]: '_x30 0x120',
      [lastAccepted(pod('b'))]: '0+60x120',
    },
    at: '82m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookCanaryMissing',
    what: 'none has ever arrived',
    series: { [lastCanary(pod('a'))]: '0x120' },
    at: '52m',
    fires: { ...labels, webhook: 'default' },
  },
  {
    alert: 'ComapiWebhookCanaryMissing',
    what: 'one registration hides no other, nor one cluster',
    series: {
      [lastCanary(pod('a', 'east'))]: '0+60x120',
      [lastCanary(pod('a', 'west'))]: '0+60x120',
      [lastCanary(pod('a', 'west'), 'chat')]: '0x120',
    },
    at: '60m',
    fires: { ...labels, cluster: 'west', webhook: 'chat' },
  },
  {
    alert: 'ComapiWebhookCanaryMissing',
    what: 'one arrives every quarter of an hour, at one pod or the other',
    series: {
      [lastCanary(pod('a'))]: '0x14 900x30 2700x30 4500x30 6300x15',
      [lastCanary(pod('b'))]: '0x29 1800x30 3600x30 5400x30',
    },
    at: '118m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookCanaryMissing',
    what: 'two runs in a row fail',
    series: { [lastCanary(pod('a'))]: '0 60x43 2640x40' },
    at: '84m',
    fires: 'never',
  },
  {
    alert: 'ComapiWebhookCanaryMissing',
    what: 'the receivers have been there for half an hour',
    series: { [lastCanary(pod('a'))]: '0x44' },
    at: '44m',
    fires: 'never',
  },
];
