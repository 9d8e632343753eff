import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { defineConfig } from 'rolldown';

/** Commit of the build. A build of the image has no repository, so it gets the commit with --build-arg COMMIT=… */
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
 * Bundles the modules of every start into a few files, and each lazily loaded part into a file of its own. Finding and reading six
 * hundred modules took most of the CPU time of a start. The code is not minified, so stack traces name functions as in src.
 */
export default defineConfig({
  input: 'src/cli.ts',
  platform: 'node',
  // Users who need it install it themselves (docs/kafka.md#amazon-msk).
  external: ['aws-msk-iam-sasl-signer-js'],
  // eval in depd, which Koa uses to wrap deprecated functions.
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
    // CommonJS, because an import of node:http or node:crypto in an ES module makes Node load all of their lazy parts, such as
    // fetch and Web Crypto.
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
  },
});
