/** Such as `/run`, `/run/…`, `./…` or `../…`. No generator of secrets makes text that begins so. */
const plainPath = /^(\/[A-Za-z][a-z]{2,}(\/|$)|\.{1,2}\/)/;

/** A file of these kinds, without a directory. */
const plainName = /^[\w-]+\.(pem|crt|cer|key|json|txt|env)$/;

/** Whether a text names a file or a directory for sure, and is no secret that was set in the place of its file. */
export function isFileName(text: string): boolean {
  return !/\p{Cc}/u.test(text) && (plainPath.test(text) || plainName.test(text));
}
