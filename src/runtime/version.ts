import packageJson from '../../package.json' with { type: 'json' };

/** Version of this package. */
export const { version } = packageJson;

/** Short hash of the commit, which the build defines (rolldown.config.ts). */
declare const BUILD_COMMIT: string;

/** The version and the short commit hash, because several builds may have the same version. */
export const buildVersion = `${version} (${describeBuild()})`;

function describeBuild(): string {
  if (typeof BUILD_COMMIT === 'undefined') {
    return 'started from source, not from a build';
  }
  return BUILD_COMMIT === '' ? 'built without COMMIT' : `commit ${BUILD_COMMIT}`;
}
