import packageJson from '../../package.json' with { type: 'json' };

/** Version of this package. */
export const { version } = packageJson;

/** Put in by the build (rolldown.config.ts). */
declare const BUILD_COMMIT: string;

/** What was built, as a short hash; `undefined` where nothing was, or nobody said of what. */
export const commit = typeof BUILD_COMMIT === 'undefined' || BUILD_COMMIT === '' ? undefined : BUILD_COMMIT;
