import { parseAst } from 'rolldown/parseAst';
import type { Mutant, Rule } from './mutant.ts';

/** An ESTree node with the members that the mutation rules use. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

type Change = readonly [rule: Rule, node: Node, replacement: string];

const movedComparisons: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};
/** If a constant is at least this large, adding one to it makes no noticeable difference. */
const large = 100;
const exchangedArithmetic: Readonly<Record<string, string>> = { '+': '-', '-': '+', '*': '/', '/': '*' };

/**
 * Creates every mutant that the rules allow for a file, in source order. The result depends only on the text of the
 * file.
 */
export function makeMutants(file: string, text: string): readonly Mutant[] {
  const mutants: Mutant[] = [];
  visit(parseSource(text), undefined, (node, parent) => {
    for (const [rule, { start, end }, replacement] of changesOf(node, parent, text)) {
      mutants.push({ file, rule, start, end, replacement, line: text.slice(0, start).split('\n').length });
    }
  });
  return mutants;
}

export function parseSource(text: string): Node {
  return parseAst(text, { lang: 'ts' }) as unknown as Node;
}

function* changesOf(node: Node, parent: Node | undefined, text: string): Generator<Change> {
  const read = ({ start, end }: Node) => text.slice(start, end);
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement': {
      const test = node.test as Node;
      yield ['condition', test, test.operator === '!' ? read(test.argument as Node) : `!(${read(test)})`];
      break;
    }
    case 'BinaryExpression': {
      const { left, right, operator } = node as unknown as { left: Node; right: Node; operator: string };
      // The syntax tree contains no parentheses, so the rule replaces only the operator and keeps the rest of the text.
      const exchange = (other: string) =>
        text.slice(node.start, left.end) +
        text.slice(left.end, right.start).replace(operator, other) +
        text.slice(right.start, node.end);
      const moved = movedComparisons[operator];
      // If the equality is the whole condition of a statement, the rule for conditions already creates this mutant.
      if (moved !== undefined && !(operator.endsWith('==') && parent?.test === node)) {
        yield ['comparison', node, exchange(moved)];
      }
      const exchanged = exchangedArithmetic[operator];
      if (exchanged !== undefined && !isText(left) && !isText(right)) {
        yield ['arithmetic', node, exchange(exchanged)];
      }
      break;
    }
    case 'LogicalExpression': {
      const { left, right, operator } = node as unknown as { left: Node; right: Node; operator: string };
      if (operator !== '??') {
        yield ['logical', node, `(${read(left)}) ${operator === '&&' ? '||' : '&&'} (${read(right)})`];
      }
      break;
    }
    case 'Literal':
      if (typeof node.value === 'number') {
        yield ['constant', node, String(node.value < large ? node.value + 1 : node.value * 2)];
      } else if (typeof node.value === 'boolean') {
        yield ['constant', node, String(!node.value)];
      }
      break;
    case 'ExpressionStatement':
    case 'ThrowStatement':
      yield ['statement', node, ';'];
      break;
    case 'AwaitExpression':
      yield ['await', node, read(node.argument as Node)];
      break;
    case 'CallExpression':
    case 'NewExpression': {
      const [first, second] = node.arguments as readonly Node[];
      const hasOrder = !/^Math\.(max|min|imul)$/.test(read(node.callee as Node));
      if (
        hasOrder &&
        first !== undefined &&
        second !== undefined &&
        ![first, second].some(isSpread) &&
        read(first) !== read(second)
      ) {
        yield [
          'arguments',
          { type: '', start: first.start, end: second.end },
          `${read(second)}, ${read(first)}`,
        ];
      }
      break;
    }
    default:
  }
}

function isText(node: Node): boolean {
  return node.type === 'TemplateLiteral' || typeof node.value === 'string';
}

function isSpread(node: Node): boolean {
  return node.type === 'SpreadElement';
}

/** Visits all nodes except types and imports, because changing those does not change the behaviour of the program. */
export function visit(
  node: Node,
  parent: Node | undefined,
  see: (node: Node, parent: Node | undefined) => void,
): void {
  if (isOnlyType(node)) {
    return;
  }
  see(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof (child as Node | null)?.type === 'string') {
        visit(child as Node, node, see);
      }
    }
  }
}

function isOnlyType({ type }: Node): boolean {
  const hasCode = ['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'].includes(type);
  return type === 'ImportDeclaration' || (type.startsWith('TS') && !hasCode);
}
