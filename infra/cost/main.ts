// What an environment costs a month, and up to where one function builds. Usage: npm run cost
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { assumptions, handover, largestExport, priceList } from './cost-model.ts';
import { monthlyCost } from './monthly-cost.ts';

const read = (name: string): unknown => parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const { prices } = priceList.parse(read('prices.yaml'));
const given = assumptions.parse(read('assumptions.yaml'));
const write = (line: string) => process.stdout.write(`${line}\n`);
const whole = (value: number) => Math.round(value).toLocaleString('en');

const { lines, because } = handover(given);
const reason = { time: 'its minutes are over', disk: 'the staged files no longer fit on its disk' }[because];
write(
  `One function builds everything anew up to ${whole(lines)} order lines; beyond that ${reason}, and Athena builds.`,
);
write(`One function reads an export of up to ${whole(largestExport(given))} rows.`);
write(`Measured: ${given.measured.by}`);
for (const workload of given.workloads) {
  const cost = monthlyCost(workload, given, prices);
  write(
    `\n${whole(workload.lines_per_year)} order lines a year, ${workload.exports_per_day} exports a day of ${whole(cost.rowsPerExport)} rows: $${cost.usd.toFixed(2)} a month; built by ${cost.engine}, ${whole(cost.lambdaSeconds)} Lambda seconds`,
  );
  for (const line of cost.lines.toSorted((a, b) => b.usd - a.usd).filter(({ usd }) => usd >= 0.01)) {
    const quantity = line.quantity >= 100 ? whole(line.quantity) : line.quantity.toPrecision(3);
    write(`  ${line.usd.toFixed(2).padStart(9)}  ${line.item} (${quantity} × ${line.price})`);
  }
}
