import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../webhook/key-rules.ts';
import { readVariables, textVariable } from './variables.ts';

export const keyRulesEntries = {
  KEY_RULES: textVariable(defaultKeyRulesText),
};

/** Rules without any family when there is a problem. */
export function readKeyRules(env: Env, problems: ConfigProblem[]): KeyRules {
  const rules = parseKeyRules(readVariables(keyRulesEntries, env, problems).KEY_RULES);
  if (typeof rules !== 'string') {
    return rules;
  }
  problems.push({ variable: 'KEY_RULES', message: `${rules}.` });
  return { families: new Map(), otherwise: [] };
}
