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
