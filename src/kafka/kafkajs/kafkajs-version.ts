import manifest from 'kafkajs/package.json' with { type: 'json' };

/** The release whose inner modules this folder was written and tested against. */
const knownKafkajsVersion = '2.2.4';

/** Another release may have other inner modules; a wrong guess about them could lose records. */
export function verifyKafkajsVersion(version: string = manifest.version): void {
  if (version !== knownKafkajsVersion) {
    throw new Error(
      `kafkajs ${version} is installed, but only ${knownKafkajsVersion} is known to be safe here.`,
    );
  }
}
