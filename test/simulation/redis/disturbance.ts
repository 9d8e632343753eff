import type { Answer } from './answer.ts';

/** What goes wrong with one command. Nothing here says that something is stored when it is not. */
export interface Disturbance {
  /** How often it is carried out. */
  readonly times: 0 | 1 | 2;
  /** Instead of the command's own. */
  readonly answer?: Answer;
  readonly isLeftOut?: true;
  /** Everything behind it waits as well. */
  readonly delayMs?: number;
  /** The connection ends after so many bytes of the answer. */
  readonly cutAfterBytes?: number;
}
