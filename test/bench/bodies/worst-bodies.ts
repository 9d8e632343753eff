const maxParts = 10_000;

/** Elements within the limits, until the body is full or has as many values as it may have. */
function fill(bytes: number, element: (number: number) => string, partsOfElement = maxParts): string {
  const elements: string[] = [];
  let length = 2;
  for (let number = 0; number * partsOfElement < 250_000; number += 1) {
    const text = element(number);
    length += text.length + 1;
    if (length > bytes) {
      break;
    }
    elements.push(text);
  }
  return `[${elements.join(',')}]`;
}

function list(count: number, value: (number: number) => string): string {
  return Array.from({ length: count }, (_unused, number) => value(number)).join(',');
}

const name = (element: number, number: number) => (element * maxParts + number).toString(36);

/** Bodies that cost much for their length, of at most so many bytes. */
export const worstBodies: Readonly<Record<string, (bytes: number) => string>> = {
  '`[` throughout': (bytes) => '['.repeat(bytes),
  'one value, millions deep': (bytes) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2),
  'one event full of `{}`': (bytes) => `{"a":[${'{},'.repeat(bytes / 3 - 10)}0]}`,
  '`0,` throughout': (bytes) => `[${'0,'.repeat(bytes / 2 - 10)}0]`,
  '9,000 events of 1,100 bytes': (bytes) =>
    fill(bytes, (at) => `{"eventId":"${at}","payload":{"id":"${at}"},"x":"${'x'.repeat(1_050)}"}`, 26),
  'values 1,000 deep': (bytes) => fill(bytes, () => `[${list(9, () => '['.repeat(999) + ']'.repeat(999))}]`),
  'small objects': (bytes) => fill(bytes, () => `{"a":[${list(4_990, () => '{}')}]}`),
  'names, all different': (bytes) =>
    fill(bytes, (at) => `{${list(9_999, (number) => `"${name(at, number)}":0`)}}`),
  'shapes, all different': (bytes) =>
    fill(bytes, (at) => `{"a":[${list(4_990, (number) => `{"${name(at, number)}":0}`)}]}`),
  'wide shapes, all different': (bytes) =>
    fill(bytes, (at) => `{"a":[${list(2_490, (number) => `{"a":0,"${name(at, number)}":0,"b":0}`)}]}`),
  fractions: (bytes) => fill(bytes, () => `{"a":[${list(9_990, () => '0.12345678901234567890123456789')}]}`),
  'a text of escapes': (bytes) => `{"eventId":"e","a":"${'\\u4141'.repeat(bytes / 6 - 10)}"}`,
  'a text of two-byte letters': (bytes) => `{"eventId":"e","a":"${'é'.repeat(bytes / 2 - 20)}"}`,
  'a revision of millions of digits': (bytes) => `{"eventId":"e","revision":${'9'.repeat(bytes - 40)}}`,
  'numbers behind a long text': (bytes) =>
    `{"a":"\\u0061${'x'.repeat(bytes - 80)}","eventId":7,"revision":7,"apiSpaceId":7}`,
};
