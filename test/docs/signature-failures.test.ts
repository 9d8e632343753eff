import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { delivery } from '../support/http-text.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startReceiverProcess } from '../support/receiver-process.ts';
import { readRunbooks } from '../support/runbook-commands.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const runFile = promisify(execFile);
const PATH = [dirname(await provideTool('jq')), process.env.PATH].join(delimiter);
const page = readRunbooks().find(({ file }) => file === 'signature-failures.md');
const command = page?.commands.find((each) => each.includes(' logs ')) ?? '';

const body = '{"eventId":"e","payload":{"messageId":"m"}}';
const previous = 'the secret before this one';
const ofChat = 'the secret of the chat';
const sign = (key: string, signed = body) => createHmac('sha1', key).update(signed).digest('hex');

/**
 * Runs the page's command on the log of a receiver.
 * @returns the causes of its 401 responses
 */
async function type(log: string): Promise<string[][]> {
  const file = join(temporaryDirectory(), 'log');
  writeFileSync(file, log);
  const script = command.replace(/^kubectl .* --tail=-1(?= \|$)/m, `cat ${file}`);
  const { stdout } = await runFile('bash', ['-euo', 'pipefail', '-c', script], { env: { PATH } });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** Starts a receiver with the secrets `current` and `previous`, and another registration. */
async function start() {
  const directory = temporaryDirectory();
  const secretsDir = temporaryDirectory();
  writeFileSync(join(secretsDir, 'current'), testSecret);
  writeFileSync(join(secretsDir, 'previous'), previous);
  const WEBHOOKS_FILE = join(directory, 'webhooks.json');
  const own = { name: 'default', path: '/webhook', secretsDir };
  writeFileSync(WEBHOOKS_FILE, JSON.stringify([own, { name: 'chat', path: '/chat', secret: ofChat }]));
  const receiver = await startReceiverProcess(
    { WEBHOOKS_FILE, DATA_DIR: join(directory, 'data') },
    directory,
  );
  const post = async (sender: string, signature: string | undefined, received: string | Buffer = body) => {
    const headers = { 'x-comapi-signature': signature, 'x-forwarded-for': sender };
    return (await sendRaw(receiver.url, delivery(received, headers))).status;
  };
  return { receiver, secretsDir, post };
}

test('one line of the log says of each refused signature why, and the page what to do', async () => {
  const { receiver, secretsDir, post } = await start();
  for (const good of [sign(testSecret), sign(testSecret).toUpperCase(), sign(previous)]) {
    expect(await post('the provider', good)).toBe(200);
  }
  rmSync(join(secretsDir, 'previous'));
  await expect.poll(receiver.stderr, { timeout: 20_000 }).toContain('"audit":"secrets_changed"');

  const changed = body.replace('"m"', '"M"');
  const large = `{"text":"${'x'.repeat(1024 * 1024)}"}`;
  const refused: [cause: string, signature: string | undefined, received?: string, names?: string[]][] = [
    ['missing', undefined],
    ['malformed', 'no signature'],
    ['header_prefixed', `sha1=${sign(testSecret)}`],
    ['secret_removed', sign(previous), body, ['previous', '']],
    ['secret_of_other_webhook', sign(ofChat), body, ['current', 'chat']],
    ['secret_white_space', sign(`${testSecret}\n`), body, ['current', '']],
    ['body_white_space', sign(testSecret), `${body}\n`, ['current', '']],
    ['mismatch', sign('another secret')],
    ['mismatch', sign(testSecret), changed],
    ['not_json', sign(testSecret), body.slice(0, 9)],
    ['not_examined', sign('another secret'), large],
  ];
  const rows: unknown[][] = [];
  for (const [index, [cause, signature, received = body, names = ['', '']]] of refused.entries()) {
    const sender = `192.0.2.${index}`;
    expect(await post(sender, signature, received)).toBe(401);
    // The test waits after each request. On a slow machine, the receiver may examine only one of several invalid
    // signatures that arrive together.
    await expect.poll(receiver.stderr, { timeout: 20_000 }).toContain(`"${sender}"`);
    rows.push([expect.any(String), 'default', cause, ...names, '127.0.0.1', sender]);
  }
  const read = async () => {
    const printed = await type(receiver.stderr());
    // Sorts the rows, because invalid signatures that need no examination are logged first.
    return printed.toSorted(([, , , , , , one], [, , , , , , other]) => toPlace(one) - toPlace(other));
  };
  await expect.poll(read, { timeout: 20_000, interval: 500 }).toEqual(rows);
  for (const [cause] of refused) {
    expect(page?.text).toContain(`\`${cause}\``);
  }
});

function toPlace(address = ''): number {
  return Number(address.split('.').at(-1));
}
