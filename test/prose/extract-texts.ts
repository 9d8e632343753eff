import { basename } from 'node:path';

export const textKinds = ['document', 'message', 'alert', 'comment', 'identifier'] as const;
export type TextKind = (typeof textKinds)[number];

/** A text that a person reads, and the file that contains it. */
export interface FoundText {
  readonly kind: TextKind;
  readonly file: string;
  readonly text: string;
}

/**
 * Finds every text that a person reads in one file. Understands Markdown, YAML, JSON, Jsonnet, TypeScript, JavaScript
 * and Go.
 */
export function extractTexts(file: string, content: string): FoundText[] {
  const toFound = (kind: TextKind) => (text: string) => ({ kind, file, text });
  if (file.endsWith('.md')) {
    return listSentences(content).map(toFound('document'));
  }
  if (/\.(ya?ml|json|(jsonn|libsonn)et)$/.test(file)) {
    return listAnnotations(file, content).map(toFound('alert'));
  }
  if (/\.(ts|m?js|go)$/.test(file)) {
    const { comments, strings, code } = scanSource(content);
    return [
      ...comments.filter((text) => isProse(text) && !/\bcopyright\b/i.test(text)).map(toFound('comment')),
      ...strings.filter(isProse).map(toFound('message')),
      ...[basename(file), ...listIdentifiers(code)].map(toFound('identifier')),
    ];
  }
  return [];
}

/** A sentence has at least four words and is not code: a URL, a path or a list of names is not a sentence. */
function isProse(text: string): boolean {
  return (
    (text.match(/(?<![\w./-])[A-Za-z][a-z']*(?![\w/=(-])/g) ?? []).length >= 4 && !/^[\w/.-]+$/.test(text)
  );
}

/** Finds the sentences of paragraphs and lists. Skips code blocks, tables and headings. */
function listSentences(markdown: string): string[] {
  const paragraphs = markdown
    .replaceAll(/^ *(```|~~~)[\s\S]*?^ *\1.*$|^ {4}.*$|^ *[|#<].*$|^---$[\s\S]*?^---$/gm, '\n\n')
    .split(/\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.) )/);
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
  return paragraphs
    .map((paragraph) =>
      paragraph
        .replace(/^\s*([-*+]|\d+\.) /, '')
        .replaceAll(/\s+/g, ' ')
        .replaceAll('**', '')
        .trim(),
    )
    .flatMap((paragraph) => {
      // A full stop in inline code or in the target of a link does not end a sentence.
      const masked = paragraph.replaceAll(/`[^`]*`|\]\([^)]*\)/g, (text) => 'x'.repeat(text.length));
      return Array.from(segmenter.segment(masked), ({ index, segment }) =>
        paragraph.slice(index, index + segment.length).trim(),
      );
    })
    .filter(isProse);
}

/** Finds summaries and descriptions of alerts, and titles and descriptions of panels. */
function listAnnotations(file: string, content: string): string[] {
  if (file.endsWith('.json')) {
    return content.includes('"panels"')
      ? Array.from(content.matchAll(/"(?:title|description)": ("(?:[^"\\]|\\.)+")/g), ([, text = '""']) =>
          JSON.parse(text),
        )
      : [];
  }
  if (!/\balert:/.test(content)) {
    return [];
  }
  const folded = content.replaceAll(/: [>|]-?\n((?: +.*\n|\n)+?)(?= *[\w"-]+:|$)/g, (_, lines: string) => {
    return `: '${lines.replaceAll(/\s+/g, ' ').trim()}'\n`;
  });
  return Array.from(
    folded.matchAll(/^\s*(?:summary|description|message)'?: (['"]?)(.+?)\1(?:,|(?<=['"]) %.*)?$/gm),
    ([, , text = '']) => text,
  );
}

/** Finds the names that a file declares. */
function listIdentifiers(code: string): string[] {
  const declared =
    /\b(?:function\*?|const|let|class|interface|type|enum|func(?: \(.*?\))?) ([A-Za-z]\w{3,})/g;
  return [...new Set(Array.from(code.matchAll(declared), ([, name = '']) => name))];
}

const sourceToken =
  /\/\*[\s\S]*?\*\/|(?:[ \t]*\/\/.*\n?)+|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[(,=:[!&|?{};]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//g;

/** Splits source code into comments, strings and all other code. */
function scanSource(content: string) {
  const comments: string[] = [];
  const strings: string[] = [];
  const code = content.replaceAll(sourceToken, (token) => {
    const text = token.trim();
    if (text.startsWith('//') || text.startsWith('/*')) {
      comments.push(
        text
          .replaceAll(/[ \t]*\*\/$|^\/\*\*?|^[ \t]*(?:\/\/|\*)/gm, '')
          .replaceAll(/\s+/g, ' ')
          .trim(),
      );
    } else if (!text.startsWith('/')) {
      strings.push(text.slice(1, -1).replaceAll(/\s+/g, ' ').trim());
    }
    return ' ';
  });
  return { comments, strings, code };
}
