import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTopicsConfig } from '../../../src/config/command-config.ts';
import { loadFilterConfig } from '../../../src/config/filter-config.ts';
import { loadReceiverConfig } from '../../../src/config/receiver-config.ts';
import { type Manifest, ofKind } from './render.ts';

/** Loads the configuration of every process that the chart renders, using the program's own code. */
export interface ProgramReader {
  /** @throws {ConfigError} if one of the processes would not start */
  read(manifests: readonly Manifest[]): void;
  remove(): void;
}

export function createProgramReader(): ProgramReader {
  // Replaces the mounted files with files on this machine.
  const directory = mkdtempSync(join(tmpdir(), 'program-reads-'));
  const write = (name: string, text: string) => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  };
  const secret = 'a planted secret of this test, long enough';
  const files = {
    RABBITMQ_URL_FILE: write('rabbitmq', 'amqp://localhost'),
    REDIS_URL_FILE: write('redis', 'redis://localhost'),
  };

  function toEnv(container: Manifest, webhooks: Manifest): Record<string, string> {
    const registrations: Manifest[] = JSON.parse(webhooks.data['webhooks.json']);
    const own = registrations.map((each) => ({ ...each, secretsDir: undefined, secret }));
    const given = Object.fromEntries(
      container.env
        .filter(({ value }: Manifest) => value !== undefined)
        .map(({ name, value }: Manifest) => [name, value]),
    );
    return {
      ...given,
      ...Object.fromEntries(Object.entries(files).filter(([name]) => name in given)),
      ...('WEBHOOKS_FILE' in given && { WEBHOOKS_FILE: write('webhooks.json', JSON.stringify(own)) }),
      NODE_ENV: 'production',
    };
  }

  return {
    read(manifests) {
      const [webhooks] = ofKind(manifests, 'ConfigMap').filter(({ data }) => data['webhooks.json']);
      const pods = ['Deployment', 'StatefulSet', 'Job'].flatMap((kind) => ofKind(manifests, kind));
      for (const { spec } of pods) {
        const [container] = spec.template.spec.containers;
        loaders[container.name as keyof typeof loaders](toEnv(container, webhooks));
      }
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}

const loaders = { receiver: loadReceiverConfig, filter: loadFilterConfig, topics: loadTopicsConfig };
