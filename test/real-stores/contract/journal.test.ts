import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJournalRecords } from '../../support/read-journal-records.ts';
import { runCommand } from '../../support/run-command.ts';
import { describeStore } from './describe-store.ts';
import type { Place, ServedStore } from './served-store.ts';

async function open(): Promise<ServedStore> {
  const root = mkdtempSync(join(tmpdir(), 'contract-journal-'));
  let last = '';

  function namePlace(): Place {
    const events = `events-${randomUUID().slice(0, 8)}`;
    last = join(root, events);
    const env = { DATA_DIR: last, KAFKA_TOPIC: events };
    return { env, events, deadLetter: `${events}.dead-letter` };
  }

  return {
    parts: 1,
    password: undefined,
    tooLargeBytes: undefined,
    wrongSettings: [{ what: 'a file', env: { DATA_DIR: '/dev/null' }, says: ['/dev/null'] }],
    nowhere: { DATA_DIR: '/dev/null/data' },
    faults: {
      // A journal has no server. In its place, the fault removes the journal's disk and later restores it.
      'is killed': {
        async begin() {
          await rename(join(last, 'journal'), join(last, 'away'));
          await writeFile(join(last, 'journal'), '');
        },
        async end() {
          await rm(join(last, 'journal'));
          await rename(join(last, 'away'), join(last, 'journal'));
        },
      },
      hangs: 'a disk that hangs needs a process of its own: test/real-stores/journal/hanging-disk.test.ts',
      'has its connections cut': 'it has none',
    },
    namePlace,
    async createPlace() {
      const place = namePlace();
      await mkdir(join(last, 'journal'), { recursive: true });
      return place;
    },
    async read({ env }, topic) {
      return (await readJournalRecords(join(env.DATA_DIR ?? '', 'journal'))).get(topic) ?? [];
    },
    async removeEvents({ env }) {
      const directory = join(env.DATA_DIR ?? '', 'journal');
      for (const name of readdirSync(directory).filter((each) => each.endsWith('.jsonl'))) {
        writeFileSync(join(directory, name), '');
      }
    },
    filter: ({ env }) => runCommand(['filter'], env),
    stop: async () => rmSync(root, { recursive: true }),
  };
}

describeStore('journal', open);
