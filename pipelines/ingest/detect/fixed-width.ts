const judgedLines = 200;
const fewestLines = 3;

/**
 * Columns at which the fields of a fixed-width file start: places behind a run of blanks that (nearly) every line has.
 * Undefined where lines do not line up.
 */
export function findColumnStarts(text: string): number[] | undefined {
  const lines = text
    .split(/\r\n|\n|\r/)
    .slice(0, judgedLines)
    .filter((line) => line.trim() !== '');
  if (lines.length < fewestLines || lines.some((line) => line.includes('\t'))) return undefined;
  const length = Math.max(...lines.map((line) => line.length));
  const starts: number[] = [];
  let isInGap = true;
  for (let column = 0; column < length; column += 1) {
    const isGap = lines.every((line) => (line[column] ?? ' ') === ' ');
    if (isInGap && !isGap) starts.push(column);
    isInGap = isGap;
  }
  // A line that ends before a column says nothing for it: one long line alone makes no columns.
  const reached = (start: number): boolean => lines.filter((line) => line.length > start).length * 2 >= lines.length;
  if (starts.length < 2 || !starts.every(reached)) return undefined;
  return [0, ...starts.slice(1)];
}
