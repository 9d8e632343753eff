import type { Mutant } from './mutant.ts';

/** Mends of the journal and of the lease on a directory, undone one at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'names of new directories are not synced',
    file: 'runtime/make-directory.ts',
    find: '    syncNames(parent);\n',
    replace: '',
    why: 'A power cut takes the directory along.',
  },
  {
    name: 'the name of a new segment is not synced',
    file: 'journal/journal-segment.ts',
    find: '    await syncDirectory(directory);\n  } catch',
    replace: '  } catch',
    why: 'A power cut takes the segment along.',
  },
  {
    name: 'an append is not synced',
    file: 'journal/journal-segment.ts',
    find: '        await handle.datasync();\n',
    replace: '',
    why: 'A power cut takes acknowledged lines.',
  },
  {
    name: 'a short write counts as whole',
    file: 'journal/journal-segment.ts',
    find: 'written += result.bytesWritten;',
    replace: 'written += Math.max(result.bytesWritten, bytes.length);',
    why: 'A disk that is nearly full takes a part of a write.',
  },
  {
    name: 'nobody looks at the lock before an acknowledgement',
    file: 'journal/segment-writer.ts',
    find: '      end = end && { ...end, offset: segment.size };\n      await lease.check();',
    replace: '      end = end && { ...end, offset: segment.size };',
    why: 'Two processes acknowledge on one directory.',
  },
  {
    name: 'segments have the same names for each process, and are opened if they are there',
    file: 'journal/journal-segment.ts',
    find: 'const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;',
    replace: 'const flags = constants.O_CREAT | constants.O_WRONLY; name = `${name.slice(0, 10)}.jsonl`;',
    why: 'Two processes overwrite each other.',
  },
  {
    name: 'a lock that nobody renews is kept for ever',
    file: 'journal/directory-lease.ts',
    find: '  }\n  return undefined;\n}\n\n/** Of two',
    replace: '  }\n  return nameHolder(holder);\n}\n\n/** Of two',
    why: 'A killed process never gives its directory back.',
  },
  {
    name: 'the lock is not renewed',
    file: 'journal/directory-lease.ts',
    find: '      await handle.utimes(seconds, seconds).catch(() => {});\n',
    replace: '',
    why: 'A second process takes the directory of a living one.',
  },
  {
    name: 'a lost journal is not opened again',
    file: 'journal/journal.ts',
    find: '        void openAgainWhenLost(opened);\n',
    replace: '',
    why: 'A process that stood still for long is dead until a restart.',
  },
  {
    name: 'the disk is not tried again after a failed write',
    file: 'journal/disk-watch.ts',
    find: '          void probeUntilUsable();\n',
    replace: '',
    why: 'A disk that was full once counts as full for ever.',
  },
  {
    name: 'a journal that cannot be opened is not tried again',
    file: 'journal/journal.ts',
    find: '          openFault = message;\n        }\n',
    replace: '          openFault = message;\n        }\n        return;\n',
    why: 'A directory of another process is never waited for.',
  },
  {
    name: 'what waits for a write is lost when the write fails',
    file: 'journal/group-commit.ts',
    find: '        for (const { reject } of group) {\n          reject(error);\n        }',
    replace: '        for (const { resolve } of group) {\n          resolve();\n        }',
    why: 'A failed write counts as stored.',
  },
];
