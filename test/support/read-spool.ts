import type { SpoolStatus } from '../../src/ports/sink.ts';

/** Reads the state of the spool from the status report of a receiver. */
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

/** Returns the reason why the spool rejects writes, or `undefined` if the spool accepts writes. */
export async function spoolProblem(receiver: {
  readonly managementUrl: string;
}): Promise<string | undefined> {
  return (await readSpool(receiver)).problem;
}
