import type { Random } from '../../world/random.ts';
import { CommandError } from '../answer.ts';
import type { CommandWords } from '../command-reader.ts';
import type { Disturbance } from '../disturbance.ts';
import { type ApplyFault, long, type RedisFaultKind } from './fault-kind.ts';
import { errorTexts, oddAnswers } from './odd-answers.ts';

const disturbances: Readonly<Record<string, (random: Random) => Disturbance>> = {
  'late answers': (random) => ({ times: 1, delayMs: random.between(1, 6_000) }),
  'answers left out': (random) => ({ times: random.chance(0.5) ? 1 : 0, isLeftOut: true }),
  'carried out twice': () => ({ times: 2 }),
  errors: (random) => ({
    times: random.chance(0.5) ? 1 : 0,
    answer: new CommandError(random.pick(errorTexts)),
  }),
  'odd answers': (random) => ({
    times: random.chance(0.5) ? 1 : 0,
    answer: random.pick(oddAnswers),
  }),
  'cut answers': (random) => ({ times: 1, cutAfterBytes: random.int(60) }),
};

/** What goes wrong with answers while the server itself is well; the amount is the share of the commands, in hundredths. */
export const answerFaults: Readonly<Record<string, RedisFaultKind>> = Object.fromEntries(
  Object.entries(disturbances).map(([kind, choose]) => [
    kind,
    { forMs: long, amount: [1, 60], apply: disturb(choose) },
  ]),
);

/** What a connection begins with. One that is spoilt there is never given a record. */
const questions = new Set(['AUTH', 'SELECT', 'INFO', 'CONFIG']);

function disturb(choose: (random: Random) => Disturbance): ApplyFault {
  return ({ service, world: { random } }, { amount = 0 }) => {
    const sparesQuestions = random.chance(0.5);
    const disturbOne = ([name = '']: CommandWords): Disturbance | undefined => {
      if (!random.chance(amount / 100) || (sparesQuestions && questions.has(name.toUpperCase()))) {
        return undefined;
      }
      const disturbance = choose(random);
      // Without it what follows would be commands of their own: then one of them could fail, and the next be stored.
      return name.toUpperCase() === 'MULTI' ? { ...disturbance, times: 1 } : disturbance;
    };
    service.disturbances.add(disturbOne);
    return () => service.disturbances.delete(disturbOne);
  };
}
