import { isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { CatalogError } from './errors.ts';

/** A YAML text with the name under which its faults are reported. */
export interface YamlSource {
  readonly file: string;
  readonly text: string;
}

/**
 * Parses one YAML document and checks it against a schema.
 * @throws CatalogError naming file, line, field, what was found and what was expected; all faults of the file at once.
 */
export function parseYaml<T>(source: YamlSource, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: true });
  const syntax = document.errors[0];
  if (syntax) {
    throw new CatalogError(`not valid YAML: ${syntax.message.split('\n')[0]}`, {
      where: `${source.file}:${lines.linePos(syntax.pos[0]).line}`,
      next: 'mend the line and run `tidemark contract check`',
    });
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;

  const faults = result.error.issues.map((issue) => {
    const position = offsetOf(document.contents, issue.path) ?? 0;
    const field = issue.path.map(String).join('.') || 'the document';
    return { line: lines.linePos(position).line, text: `${field}: ${issue.message}` };
  });
  throw new CatalogError(faults.map((fault) => `line ${fault.line}: ${fault.text}`).join('\n'), {
    where: `${source.file}:${faults[0]?.line ?? 1}`,
    next: 'mend the file and run `tidemark contract check`',
  });
}

/** Offset of the deepest node on the path that exists: where the reader has to look. */
function offsetOf(contents: unknown, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const step of path) {
    const child = childOf(node, step);
    if (child === undefined) return offset;
    offset = child.offset ?? offset;
    node = child.node;
  }
  return offset;
}

function childOf(node: unknown, step: PropertyKey): { node: unknown; offset: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && String(item.key) === String(step));
    if (!pair) return undefined;
    return { node: pair.value, offset: isNode(pair.key) ? pair.key.range?.[0] : undefined };
  }
  const items = (node as { items?: unknown[] } | null)?.items;
  const item = items?.[Number(step)];
  if (item === undefined) return undefined;
  return { node: item, offset: isNode(item) ? item.range?.[0] : undefined };
}
