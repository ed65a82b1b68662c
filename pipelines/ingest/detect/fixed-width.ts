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
  return starts.length < 2 ? undefined : [0, ...starts.slice(1)];
}
