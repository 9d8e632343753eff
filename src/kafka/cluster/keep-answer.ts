/** What was answered before under that name, or what `ask` answers. An answer that failed is asked for again. */
export function keepAnswer<T>(
  answers: Map<string, Promise<T>>,
  name: string,
  ask: () => Promise<T>,
): Promise<T> {
  const kept = answers.get(name);
  if (kept !== undefined) {
    return kept;
  }
  const asked = ask();
  answers.set(name, asked);
  asked.catch(() => {
    if (answers.get(name) === asked) {
      answers.delete(name);
    }
  });
  return asked;
}
