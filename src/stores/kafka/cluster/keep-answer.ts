/** The answer that is kept under that name, or else that of `ask`. A failed answer is not kept. */
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
