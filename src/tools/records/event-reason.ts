import { parseMembers } from './record-facts.ts';

/** Channel and failure reason of an event. `maskText` has removed personal data from the reason. */
export interface EventReason {
  /** Channel of the event, such as `sms`, or `undefined` if the event has no channel. */
  readonly channel: string | undefined;
  /** The provider's reason, unchanged, for an event that reports a failure or an expiry. */
  readonly why: string | undefined;
}

const failureName = /\.(failed|expired|undeliverable|rejected|filtered)$/;
/** Names of members that contain a reason. The provider and its channels use these names but do not document them. */
const reasonMember =
  /^(status|error|failure|fail|reject)_?(code|message|reason|description|details?|text)?$|^(code|reason)$/i;
/** Names of objects that contain the sender's data, not the provider's. */
const senderObjects = new Set(['metadata', 'channelOptions', 'rules']);
/** Matches names of objects that may identify people or contain their texts. */
const personalObjects =
  /^(body|text|message|subject|title|data|content|caption|html|description|parts|comment|note|value|to|from|sender|recipients?|cc|bcc|participants|ip|city|zip|latitude|longitude|location|gender)$|^\w{0,8}name$|phone|mobile|msisdn|mail|address|street|postcode|birth/i;
const maxDepth = 5;
const maxReasons = 6;

/** Reads channel and reason from an event. @param name name of the event */
export function readReason(name: string | undefined, value: Buffer): EventReason {
  const { payload } = parseMembers(value);
  const members = [...listMembers(payload, 0)];
  const channel = members.find((member) => member.name === 'channel' && typeof member.value === 'string');
  const hasFailed =
    failureName.test(name ?? '') ||
    members.some((member) => member.name === 'successful' && member.value === false);
  const why = members
    .filter((member) => reasonMember.test(member.name) && member.value !== '' && member.value !== null)
    .slice(0, maxReasons)
    .map((member) => `${member.name} ${maskText(String(member.value))}`);
  return {
    channel: channel && maskText(String(channel.value)),
    why: hasFailed && why.length > 0 ? why.join(', ') : undefined,
  };
}

interface NamedMember {
  readonly name: string;
  readonly value: unknown;
}

/** Lists the members with a value, outermost first, except personal data and data of the sender. */
function* listMembers(object: unknown, depth: number): Generator<NamedMember> {
  if (typeof object !== 'object' || object === null || depth > maxDepth) {
    return;
  }
  const members = Object.entries(object);
  for (const [name, value] of members) {
    if (typeof value !== 'object' || value === null) {
      yield { name, value };
    }
  }
  for (const [name, value] of members) {
    if (typeof value === 'object' && !personalObjects.test(name) && !senderObjects.has(name)) {
      yield* listMembers(value, depth + 1);
    }
  }
}

/** Returns the placeholder for a hidden value. */
function toPlaceholder(what: string): string {
  return `<${what} hidden>`;
}

/**
 * Each of these patterns takes linear time for any input. An address can start only at the start of a run of its
 * characters, and a number has a maximum length.
 */
const emailAddressPattern = /(?<![^\s<>"'@:;,])[^\s<>"'@:;,]+@[^\s<>"'@:;,]+\.[a-z]{2,}[^\s<>"'@:;,]*/gi;
/** Matches digits with common separators, unless they are within a longer word. */
const phoneNumberPattern = /(?<![\w.-])\+?\(?\d[\d ().\-/]{5,60}\d(?![\w-])/g;
const urlPathPattern = /(https?:\/\/[^\s/?#]+)([/?#]\S*)/gi;
const dateLikePattern = /^\d{4}-\d{2}-\d{2}($|[T ]\d{2}:\d{2})/;
const phoneDigits = { min: 8, max: 15 };

/** Hides e-mail addresses, phone numbers, and the part of a URL after its host. */
export function maskText(text: string): string {
  if (dateLikePattern.test(text)) {
    return text;
  }
  return text
    .replaceAll(emailAddressPattern, toPlaceholder('e-mail address'))
    .replaceAll(urlPathPattern, (_all, host: string) => `${host}/${toPlaceholder('rest')}`)
    .replaceAll(phoneNumberPattern, (found) => {
      const { length } = found.replaceAll(/\D/g, '');
      const isIdentifier = length > phoneDigits.max && length === found.length;
      return length < phoneDigits.min || isIdentifier ? found : toPlaceholder('phone number');
    });
}
