import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { defineConfig } from 'rolldown';

/** What is built. A build of the image has no repository, and hears it: --build-arg COMMIT=… */
function findCommit(): string {
  const { COMMIT: given = '' } = env;
  try {
    return (
      given ||
      execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    )
      .trim()
      .slice(0, 12);
  } catch {
    return '';
  }
}

/**
 * What every start loads goes into a few files, and each part that is loaded when it is used into its own: finding and reading
 * six hundred modules took most of the CPU time of a start. Nothing is shortened, so stack traces name functions as in src.
 */
export default defineConfig({
  input: 'src/cli.ts',
  platform: 'node',
  // It is installed by those who need it (docs/kafka.md#amazon-msk).
  external: ['aws-msk-iam-sasl-signer-js'],
  // That of depd, which Koa uses: it makes wrappers of deprecated functions.
  checks: { eval: false },
  plugins: [
    {
      name: 'status-page',
      generateBundle() {
        const source = readFileSync('src/observe/status/status-page.html');
        this.emitFile({ type: 'asset', fileName: 'status-page.html', source });
      },
    },
  ],
  transform: { define: { BUILD_COMMIT: JSON.stringify(findCommit()) } },
  output: {
    dir: 'dist',
    cleanDir: true,
    // An import of node:http or node:crypto in an ES module makes Node load everything that these load only when it is used,
    // such as fetch and Web Crypto.
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
  },
});
