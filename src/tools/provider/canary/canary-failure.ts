import { type WebhookAnswer, where401IsExplained } from '../post-webhook.ts';

/** Where on the way it failed, as far as it can be told from the sender's end. */
export type CanaryCause =
  | 'dns'
  | 'certificate'
  | 'connection'
  | 'timeout'
  | 'body_limit'
  | 'secret'
  | 'route'
  | 'proxy'
  | 'receiver';

export interface CanaryFailure {
  readonly cause: CanaryCause;
  /** For the operator: what was seen, and what to look at. */
  readonly text: string;
}

/** What is wrong with an answer to a canary, if anything. */
export function findAnswerFailure(
  { status, text }: WebhookAnswer,
  bodyBytes: number,
): CanaryFailure | undefined {
  const answer = parseAnswer(text);
  if (status >= 200 && status < 300 && typeof answer.accepted === 'number') {
    return answer.accepted > 0
      ? undefined
      : { cause: 'receiver', text: `${status}, but the event went to the dead-letter topic` };
  }
  const refusal =
    typeof answer.error === 'string' && /^[a-z_]+$/.test(answer.error) ? answer.error : undefined;
  if (refusal !== undefined) {
    return refusal === 'bad_signature' || refusal === 'no_signature'
      ? {
          cause: 'secret',
          text: `${status} ${refusal}: the receiver has another secret; ${where401IsExplained}`,
        }
      : { cause: 'receiver', text: `${status} ${refusal}, by the receiver (${bodyBytes} bytes)` };
  }
  const seen = `${status}, and not by a receiver`;
  if (status === 413) {
    return {
      cause: 'body_limit',
      text: `${seen}: a proxy refuses ${bodyBytes} bytes; raise its limit of bodies`,
    };
  }
  if (status >= 500) {
    return { cause: 'proxy', text: `${seen}: a proxy reaches none, or gave up on ${bodyBytes} bytes` };
  }
  return { cause: 'route', text: `${seen}: nothing routes this URL to one` };
}

const errorCauses: Readonly<Record<string, CanaryCause>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  ENODATA: 'dns',
};

/** What is wrong when there was no answer. */
export function toConnectionFailure(error: unknown): CanaryFailure {
  const chain = causesOf(error);
  const codes = chain.flatMap((each) => ('code' in each && typeof each.code === 'string' ? [each.code] : []));
  const known = codes.map(
    (code) => errorCauses[code] ?? (/CERT|VERIFY_LEAF|^ERR_TLS_/.test(code) ? 'certificate' : undefined),
  );
  const timedOut = chain.some(({ name }) => name === 'TimeoutError');
  return {
    cause: known.find((cause) => cause !== undefined) ?? (timedOut ? 'timeout' : 'connection'),
    text: chain[0]?.message ?? String(error),
  };
}

function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

function parseAnswer(text: string): { readonly accepted?: unknown; readonly error?: unknown } {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : {};
  } catch {
    return {};
  }
}
