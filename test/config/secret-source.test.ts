import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ensureDevelopmentSecret,
  readSecrets,
  SecretReader,
  type SecretSource,
} from '../../src/config/secret-source.ts';
import type { KnownSecrets } from '../../src/webhook/secret.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

describe('secret source', () => {
  const secret = 'a secret of enough characters';

  describe.each([
    ['readSecrets', async (source: SecretSource) => readSecrets(source)],
    ['reread', (source: SecretSource) => new SecretReader(source).reread()],
  ])('%s', (_name, read) => {
    test('reads a directory as Kubernetes mounts a Secret', async () => {
      const directory = temporaryDirectory();
      mkdirSync(join(directory, '..2026_11_24'));
      writeFileSync(join(directory, '..2026_11_24', 'current'), `${secret}\n`);
      writeFileSync(join(directory, '..2026_11_24', 'previous'), `previous ${secret}\r\n`);
      symlinkSync('..2026_11_24', join(directory, '..data'));
      symlinkSync('..data/current', join(directory, 'current'));
      symlinkSync('..data/previous', join(directory, 'previous'));
      // A key that is being removed. The kubelet removes the target of a link shortly before the link itself.
      symlinkSync('..data/removed', join(directory, 'removed'));
      expect(await read({ kind: 'directory', directory })).toEqual({
        secrets: [
          { label: 'current', value: secret },
          { label: 'previous', value: `previous ${secret}` },
        ],
        problems: [],
      });
    });

    test('names each file that is empty, too short or unreadable, and takes the others', async () => {
      const directory = temporaryDirectory();
      writeFileSync(join(directory, 'current'), secret.slice(0, 16));
      writeFileSync(join(directory, 'empty'), '\n');
      writeFileSync(join(directory, 'short'), 'planted-planted');
      symlinkSync('loop', join(directory, 'loop'));
      const { secrets, problems } = await read({ kind: 'directory', directory });
      expect(secrets).toEqual([{ label: 'current', value: 'a secret of enou' }]);
      expect(problems).toEqual([
        { label: 'empty', message: expect.stringContaining(`"empty" (${directory}/empty) has 0 characters`) },
        {
          label: 'loop',
          message: expect.stringContaining(`"loop" (${directory}/loop) cannot be read: ELOOP`),
        },
        {
          label: 'short',
          message: expect.stringContaining(`"short" (${directory}/short) has 15 characters`),
        },
      ]);
      expect(JSON.stringify(problems)).not.toContain('planted');
    });

    const texts: readonly (readonly [what: string, text: string | Buffer, fault: RegExp])[] = [
      // As HMAC keys, NUL bytes and an empty text are equivalent. Anyone could therefore forge signatures.
      ['NUL bytes, as a crash leaves them', Buffer.alloc(40), /control character/],
      ['a second line end', `${secret}\n\n`, /control character/],
      ['a byte order mark before it', `\ufeff${secret}`, /byte order mark/],
      ['UTF-16', Buffer.from(`\ufeff${secret}`, 'utf16le'), /not valid UTF-8/],
      ['UTF-16 without a mark', Buffer.from(secret, 'utf16le'), /control character/],
      ['Latin-1', Buffer.from(`${secret} \u00e9`, 'latin1'), /not valid UTF-8/],
      ['a no-break space after it', `${secret}\u00a0`, /white space/],
      ['quotes around it', `"${secret}"`, /in quotes/],
      ['more than any secret has', secret.repeat(3_000), /87000 bytes; the limit is 65536/],
    ];

    test.each(texts)('refuses a file with %s, and names it', async (_what, text, fault) => {
      const directory = temporaryDirectory();
      writeFileSync(join(directory, 'current'), text);
      const { secrets, problems } = await read({ kind: 'directory', directory });
      expect(secrets).toEqual([]);
      expect(problems).toEqual([{ label: 'current', message: expect.stringMatching(fault) }]);
      expect(JSON.stringify(problems)).not.toContain('enough');
    });

    test('drops one line end of a variable, keeps blanks and quotes inside a secret, and refuses others', async () => {
      const value = `it's "${secret}" \u00e9`;
      const secrets = [`${value}\n`, `"${secret}"`].map((text) => ({ label: 'current', value: text }));
      expect(await read({ kind: 'values', secrets })).toEqual({
        secrets: [{ label: 'current', value }],
        problems: [{ label: 'current', message: expect.stringMatching(/in quotes/) }],
      });
    });

    test('names a folder, a pipe and a link that leads nowhere, without waiting for a writer', async () => {
      const directory = temporaryDirectory();
      writeFileSync(join(directory, 'current'), secret);
      mkdirSync(join(directory, 'folder'));
      symlinkSync('nowhere', join(directory, 'link'));
      execFileSync('mkfifo', [join(directory, 'pipe')]);
      const { secrets, problems } = await read({ kind: 'directory', directory });
      expect(secrets).toEqual([{ label: 'current', value: secret }]);
      expect(problems).toEqual([
        {
          label: 'folder',
          message: `the secret "folder" (${directory}/folder) cannot be read: it is a directory`,
        },
        {
          label: 'link',
          message: expect.stringContaining(`"link" (${directory}/link) cannot be read: ENOENT`),
        },
        {
          label: 'pipe',
          message: `the secret "pipe" (${directory}/pipe) cannot be read: it is a named pipe`,
        },
      ]);
    });

    test('does not read a file of gigabytes', async () => {
      const directory = temporaryDirectory();
      writeFileSync(join(directory, 'current'), secret);
      // A sparse file, which takes no disk space.
      truncateSync(join(directory, 'current'), 1_500_000_000);
      const { problems } = await read({ kind: 'directory', directory });
      expect(problems).toMatchObject([{ message: expect.stringContaining('it has 1500000000 bytes') }]);
    });
  });
});

test.runIf(process.platform === 'linux')(
  'while no file is free, a secret that was read stays good until its file is another one',
  () => {
    const directory = temporaryDirectory();
    for (const label of ['emptied', 'kept', 'removed', 'replaced']) {
      writeFileSync(join(directory, label), `the secret of ${label}`);
    }
    for (const [name, text] of [
      ['.nothing', ''],
      ['.another', 'another replaced one'],
    ] as const) {
      writeFileSync(join(directory, name), text);
    }
    const reader = JSON.stringify(new URL('../../src/config/secret-source.ts', import.meta.url).href);
    const code = `
      import { closeSync, openSync, renameSync, unlinkSync } from 'node:fs';
      import { SecretReader } from ${reader};
      process.chdir(${JSON.stringify(directory)});
      const reader = new SecretReader({ kind: 'directory', directory: process.cwd() });
      const held = [];
      const seen = [reader.read()];
      try {
        for (;;) held.push(openSync('/dev/null'));
      } catch (error) {
        seen.push(error.code);
      }
      seen.push(await reader.reread());
      unlinkSync('removed');
      renameSync('.nothing', 'emptied');
      renameSync('.another', 'replaced');
      seen.push(await reader.reread());
      held.forEach((file) => closeSync(file));
      seen.push(await reader.reread());
      console.log(JSON.stringify(seen));`;
    const [command, ...args] = ['sh', '-c', 'ulimit -n 100 && exec "$@"', 'limited', process.execPath];
    const output = execFileSync(command ?? '', [...args, '--input-type=module', '-e', code], {
      encoding: 'utf8',
    });
    const labelsOf = ({ secrets, problems }: KnownSecrets) => [
      secrets.map(({ label }) => label),
      problems.map(({ label }) => label ?? 'the directory'),
    ];
    const [first, shortage, short, changed, after] = JSON.parse(output);
    const all = ['emptied', 'kept', 'removed', 'replaced'];
    expect(labelsOf(first)).toEqual([all, []]);
    expect(shortage).toBe('EMFILE');
    expect(labelsOf(short)).toEqual([all, ['the directory']]);
    expect(short.secrets).toEqual(first.secrets);
    expect(labelsOf(changed)).toEqual([['kept'], ['the directory', 'emptied', 'replaced']]);
    expect(labelsOf(after)).toEqual([['kept', 'replaced'], ['emptied']]);
  },
);

describe('development secret', () => {
  test('is generated once, in a new directory, for its owner only', async () => {
    const file = join(temporaryDirectory(), 'new', 'secret');
    await ensureDevelopmentSecret(file);
    const first = readFileSync(file, 'utf8');
    expect(first.trimEnd()).toMatch(/^[\w-]{32}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    await ensureDevelopmentSecret(file);
    expect(readFileSync(file, 'utf8')).toBe(first);
  });

  test('fails where no directory can be made', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await expect(ensureDevelopmentSecret(join(file, 'below', 'secret'))).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});
