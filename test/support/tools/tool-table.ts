/** A tool that the tests need in addition to Node, and the source of the tool. */
export interface ToolSource {
  readonly debianPackage: string;
  /** Path of the executable inside the unpacked package. */
  readonly file: string;
  /** Arguments that make the tool print its version. */
  readonly probe: readonly string[];
  /** Name of the Homebrew formula. */
  readonly brew: string;
}

export const toolTable = {
  java: {
    debianPackage: 'maven',
    file: 'usr/lib/jvm/default-java/bin/java',
    probe: ['-version'],
    brew: 'openjdk',
  },
  mvn: { debianPackage: 'maven', file: 'usr/share/maven/bin/mvn', probe: ['--version'], brew: 'maven' },
  kcat: { debianPackage: 'kcat', file: 'usr/bin/kcat', probe: ['-V'], brew: 'kcat' },
  curl: { debianPackage: 'curl', file: 'usr/bin/curl', probe: ['--version'], brew: 'curl' },
  jq: { debianPackage: 'jq', file: 'usr/bin/jq', probe: ['--version'], brew: 'jq' },
  openssl: { debianPackage: 'openssl', file: 'usr/bin/openssl', probe: ['version'], brew: 'openssl@3' },
  promtool: {
    debianPackage: 'prometheus',
    file: 'usr/bin/promtool',
    probe: ['--version'],
    brew: 'prometheus',
  },
  prometheus: {
    debianPackage: 'prometheus',
    file: 'usr/bin/prometheus',
    probe: ['--version'],
    brew: 'prometheus',
  },
  amtool: {
    debianPackage: 'prometheus-alertmanager',
    file: 'usr/bin/amtool',
    probe: ['--version'],
    brew: 'alertmanager',
  },
  chromium: {
    debianPackage: 'chromium-headless-shell',
    file: 'usr/lib/chromium/chromium-headless-shell',
    probe: ['--version'],
    brew: 'chromium',
  },
  'redis-server': {
    debianPackage: 'redis-server',
    file: 'usr/bin/redis-server',
    probe: ['--version'],
    brew: 'redis',
  },
  nginx: { debianPackage: 'nginx', file: 'usr/sbin/nginx', probe: ['-v'], brew: 'nginx' },
  haproxy: { debianPackage: 'haproxy', file: 'usr/sbin/haproxy', probe: ['-v'], brew: 'haproxy' },
  caddy: { debianPackage: 'caddy', file: 'usr/bin/caddy', probe: ['version'], brew: 'caddy' },
} as const satisfies Record<string, ToolSource>;

export type Tool = keyof typeof toolTable;
