/**
 * What a member of a payload holds, by its name.
 *
 * - `personal`: a number, an address or a name of a person, or of whoever sends
 * - `text`: what people have written, and everything below it
 * - `party`: sender or recipient; below it an `id` may be a phone number
 * - `id`, `status`, `time`: what support needs to see
 */
export type MemberKind = 'personal' | 'text' | 'party' | 'id' | 'status' | 'time' | 'unknown';

const texts = new Set(
  'body text message subject title data content caption html description parts comment note value'.split(' '),
);
const parties = new Set(['to', 'from', 'sender', 'recipient', 'recipients', 'cc', 'bcc', 'participants']);
const personal =
  /(phone|mobile|msisdn|mail|address|street|postcode|birth)|^(first|last|full|middle|display|nick|sur|given|family|user)?name$|^(ip|city|zip|latitude|longitude|location|gender)$/;
const identifiers = /(^id|Id|ID|_id|Uuid|UUID|uuid|etag|eTag|revision)$/;
const statuses = /^(status.*|state|channel|type|direction|encoding|reason|code|errorCode|system)$/;
const times = /(timestamp|date|time|At|On)$/;

/** @param parent of the object that the member belongs to */
export function findKind(name: string, parent: MemberKind): MemberKind {
  const lower = name.toLowerCase();
  // `profileId` tells nobody who that is; below a party a bare `id` may be the number itself.
  if (identifiers.test(name) && !(parent === 'party' && lower === 'id')) {
    return 'id';
  }
  if (parent === 'text' || parent === 'personal') {
    return parent;
  }
  if (statuses.test(name)) {
    return 'status';
  }
  if (personal.test(lower)) {
    return 'personal';
  }
  if (texts.has(lower)) {
    return 'text';
  }
  if (parties.has(lower)) {
    return 'party';
  }
  return times.test(name) ? 'time' : 'unknown';
}
