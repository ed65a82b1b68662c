/** Characters that take two places on a terminal: Chinese, Japanese, Korean, full-width forms, pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;
/** No column of text gets narrower than this. */
const narrowest = 14;
/** A border and two blanks around each cell, and the last border. */
const frame = 3;

/** Places that a text takes on a terminal. */
export function displayWidth(text: string): number {
  return [...text].length + (text.match(wide)?.length ?? 0);
}

/** A text with blanks behind it up to a width. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** As much of a text as fits a width. */
export function fitting(text: string, width: number): string {
  let room = width;
  const letters: string[] = [];
  for (const letter of text) {
    room -= displayWidth(letter);
    if (room < 0) break;
    letters.push(letter);
  }
  return letters.join('');
}

/**
 * Widths that make a table fit the terminal: the widest columns of text are narrowed alike until it does, or none is wider
 * than the least. Columns that must not be broken (numbers) keep their width.
 * @param widths of the columns, without borders
 * @param breakable whether the cells of a column may take several lines
 */
export function fittedWidths(widths: readonly number[], breakable: readonly boolean[], available: number): number[] {
  const room = available - 1 - frame * widths.length;
  const fitted = [...widths];
  while (fitted.reduce((sum, width) => sum + width, 0) > room) {
    const widest = Math.max(...fitted.map((width, index) => (breakable[index] ? width : 0)));
    if (widest <= narrowest) break;
    const at = fitted.findIndex((width, index) => breakable[index] && width === widest);
    fitted[at] = widest - 1;
  }
  return fitted;
}

/** A text in lines that are no wider: broken at blanks where there are some, else anywhere, as Chinese is. */
export function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => linesOf(line, width))
    .join('\n');
}

function linesOf(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<= )/)) {
    if (line !== '' && displayWidth(line) + displayWidth(word.trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    for (const character of word) {
      if (character !== ' ' && displayWidth(line) + displayWidth(character) > width) {
        lines.push(line.trimEnd());
        line = '';
      }
      line += character;
    }
  }
  return [...lines, line.trimEnd()];
}
