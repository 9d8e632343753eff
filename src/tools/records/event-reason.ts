import { parseMembers } from './record-facts.ts';

/** What an event says of its own: without what is about people, which `maskText` hides. */
export interface EventReason {
  /** `sms`; `undefined` when it names none. */
  readonly channel: string | undefined;
  /** Of an event that says that something failed or expired: what the provider gives as the reason, in its words. */
  readonly why: string | undefined;
}

const failures = /\.(failed|expired|undeliverable|rejected|filtered)$/;
/** The provider documents no place for it: these are the names that it, and its channels, give such a member. */
const reasons =
  /^(status|error|failure|fail|reject)_?(code|message|reason|description|details?|text)?$|^(code|reason)$/i;
/** What the sender has given, not the provider. */
const ofSender = new Set(['metadata', 'channelOptions', 'rules']);
/** Whose members tell who somebody is, or what people have written. */
const ofPeople =
  /^(body|text|message|subject|title|data|content|caption|html|description|parts|comment|note|value|to|from|sender|recipients?|cc|bcc|participants|ip|city|zip|latitude|longitude|location|gender)$|^\w{0,8}name$|phone|mobile|msisdn|mail|address|street|postcode|birth/i;
const deepest = 5;
const mostReasons = 6;

/** @param name of the event */
export function readReason(name: string | undefined, value: Buffer): EventReason {
  const { payload } = parseMembers(value);
  const members = [...listMembers(payload, 0)];
  const channel = members.find((member) => member.name === 'channel' && typeof member.value === 'string');
  const hasFailed =
    failures.test(name ?? '') ||
    members.some((member) => member.name === 'successful' && member.value === false);
  const why = members
    .filter((member) => reasons.test(member.name) && member.value !== '' && member.value !== null)
    .slice(0, mostReasons)
    .map((member) => `${member.name} ${maskText(String(member.value))}`);
  return {
    channel: channel && maskText(String(channel.value)),
    why: hasFailed && why.length > 0 ? why.join(', ') : undefined,
  };
}

interface Member {
  readonly name: string;
  readonly value: unknown;
}

/** Those that hold a value, outermost first; none of what people have written, of whom it is about, or of the sender. */
function* listMembers(object: unknown, depth: number): Generator<Member> {
  if (typeof object !== 'object' || object === null || depth > deepest) {
    return;
  }
  const members = Object.entries(object);
  for (const [name, value] of members) {
    if (typeof value !== 'object' || value === null) {
      yield { name, value };
    }
  }
  for (const [name, value] of members) {
    if (typeof value === 'object' && !ofPeople.test(name) && !ofSender.has(name)) {
      yield* listMembers(value, depth + 1);
    }
  }
}

/** What stands for something that is not shown. */
function hide(what: string): string {
  return `<${what} hidden>`;
}

/**
 * Each of these patterns reads a text in a time that grows with its length and no faster, whatever stands in it: an address
 * begins where a run of its characters begins, and a number has an end.
 */
const mailAddress = /(?<![^\s<>"'@:;,])[^\s<>"'@:;,]+@[^\s<>"'@:;,]+\.[a-z]{2,}[^\s<>"'@:;,]*/gi;
/** With what people put between the digits; not a part of a longer word. */
const numberLike = /(?<![\w.-])\+?\(?\d[\d ().\-/]{5,60}\d(?![\w-])/g;
const urlRest = /(https?:\/\/[^\s/?#]+)([/?#]\S*)/gi;
const dateLike = /^\d{4}-\d{2}-\d{2}($|[T ]\d{2}:\d{2})/;
const phoneDigits = { min: 8, max: 15 };

/** A text in which addresses, phone numbers and what stands in a URL behind the host are hidden, wherever they stand. */
export function maskText(text: string): string {
  if (dateLike.test(text)) {
    return text;
  }
  return text
    .replaceAll(mailAddress, hide('e-mail address'))
    .replaceAll(urlRest, (_all, host: string) => `${host}/${hide('rest')}`)
    .replaceAll(numberLike, (found) => {
      const { length } = found.replaceAll(/\D/g, '');
      const isIdentifier = length > phoneDigits.max && length === found.length;
      return length < phoneDigits.min || isIdentifier ? found : hide('phone number');
    });
}
