/** Where pino writes its lines. */
export interface LineDestination {
  write(text: string): void;
  /** Writes everything before it returns. pino calls it for a fatal line. */
  flushSync(): void;
}

export interface HeldLinesOptions {
  readonly maxCharacters: number;
  readonly maxMs: number;
}

/** Holds lines back and writes several at once. What is held when the process ends is lost, unless it is flushed. */
export function holdLines(
  destination: LineDestination,
  { maxCharacters, maxMs }: HeldLinesOptions,
): LineDestination {
  let held = '';

  function pass(): void {
    if (held !== '') {
      const text = held;
      held = '';
      destination.write(text);
    }
  }

  setInterval(pass, maxMs).unref();
  return {
    write(text) {
      held += text;
      if (held.length >= maxCharacters) {
        pass();
      }
    },
    flushSync() {
      pass();
      destination.flushSync();
    },
  };
}
