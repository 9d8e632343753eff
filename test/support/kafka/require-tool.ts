import { spawnSync } from 'node:child_process';

const debianPackage = {
  java: 'default-jre-headless',
  mvn: 'maven',
  kcat: 'kcat',
  openssl: 'openssl',
} as const;
export type Tool = keyof typeof debianPackage;

/** Throws a sentence that says what to install; a test that needs a tool never skips. */
export function requireTool(tool: Tool): void {
  const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool]).status === 0;
  if (!found) {
    throw new Error(
      `The tests need "${tool}", which is not on the PATH. On Debian or Ubuntu: apt-get install ${debianPackage[tool]}`,
    );
  }
}
