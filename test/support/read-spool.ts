import type { SpoolStatus } from '../../src/ports/sink.ts';

/** What a receiver's status page says of its spool. */
export async function readSpool({
  managementUrl,
}: {
  readonly managementUrl: string;
}): Promise<Partial<SpoolStatus>> {
  const response = await fetch(`${managementUrl}/status.json`);
  return ((await response.json()) as { readonly spool: Partial<SpoolStatus> }).spool;
}

export async function spoolBytes(receiver: { readonly managementUrl: string }): Promise<number> {
  return (await readSpool(receiver)).bytes ?? Number.NaN;
}

/** Why it takes nothing; `undefined` when it does. */
export async function spoolProblem(receiver: {
  readonly managementUrl: string;
}): Promise<string | undefined> {
  return (await readSpool(receiver)).problem;
}
