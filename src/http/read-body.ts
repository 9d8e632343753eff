import type { IncomingMessage } from 'node:http';
import { getRawBody } from 'raw-body';
import type { Admission } from '../webhook/admission-gate.ts';
import { Refusal } from '../webhook/refusal.ts';

export interface ReadBodyOptions {
  readonly maxBodyBytes: number;
  readonly timeoutMs: number;
  readonly declaredBytes: number | undefined;
}

/**
 * The body's raw bytes, within the limits on size and time.
 *
 * @throws {Refusal} `too_large`, `body_timeout`, `aborted` or `overloaded`
 */
export async function readBody(
  request: IncomingMessage,
  admission: Admission,
  { maxBodyBytes, timeoutMs, declaredBytes }: ReadBodyOptions,
): Promise<Buffer> {
  let refuse: (refusal: unknown) => void = () => {};
  const refused = new Promise<never>((_resolve, reject) => {
    refuse = reject;
  });
  const timer = setTimeout(() => {
    refuse(new Refusal('body_timeout', `The body did not arrive within ${timeoutMs} ms`));
  }, timeoutMs);
  const grow = (chunk: Buffer) => {
    try {
      admission.grow(chunk.length);
    } catch (refusal) {
      refuse(refusal);
    }
  };
  try {
    const body = getRawBody(request, { limit: maxBodyBytes, length: declaredBytes ?? null });
    if (declaredBytes === undefined) {
      request.on('data', grow);
    }
    return await Promise.race([body, refused]);
  } catch (error) {
    request.pause();
    throw toRefusal(error);
  } finally {
    clearTimeout(timer);
    request.off('data', grow);
  }
}

function toRefusal(error: unknown): unknown {
  if (error instanceof Refusal) {
    return error;
  }
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    return new Refusal('too_large', 'The body is over the limit', { cause: error });
  }
  return new Refusal('aborted', 'The body did not arrive whole', { cause: error });
}
