import { clockTime, compactDate, dottedDate, secondsPerDay } from '../calendar.ts';
import { commaMoney, padded } from '../cells.ts';
import { Delivery } from '../delivery.ts';
import type { ExportFile } from '../export-folder.ts';
import type { Exporter, ExportWorld } from '../exporter.ts';
import { isWithin } from '../incidents.ts';
import type { Order, OrderKey } from '../orders.ts';

const header =
  'Bon-Nr;Belegdatum;Filiale;Kasse;Vorgang;Position;Artikelnummer;Bezeichnung;Menge;Einzelpreis;Rabatt;Betrag;Bonsumme;MwSt-Satz;Zahlart;E-Mail\r\n';
const payments = ['EC-Karte', 'Bar', 'Kreditkarte'];

/** Weekly report of the till in the Berlin store: semicolons, decimal commas, dotted dates, Windows-1252. */
export function tillReport(world: ExportWorld): Exporter {
  const report = new Delivery({
    folder: world.folder,
    period: 'week',
    encoding: 'latin1',
    last: world.last,
    head: () => header,
    name: (day) => `store_berlin/Kassenbericht_Berlin_${compactDate(day)}.csv`,
  });
  const correction = world.plan?.correction;
  let corrected: ExportFile | undefined;
  let returns = 0;
  const closeCorrected = (): void => {
    corrected?.close();
    corrected = undefined;
  };
  return {
    startDay(day) {
      report.turnTo(day);
      returns = 0;
      if (correction === undefined || day < correction.from || day > correction.to) return closeCorrected();
      if (corrected !== undefined) return;
      const name = `store_berlin/Kassenbericht_Berlin_${compactDate(correction.to + 4)}_korrigiert.csv`;
      corrected = world.folder.open(name, 'latin1');
      corrected.write(header);
    },
    order(order) {
      report.write(receipt(order, order.lines.length));
      if (!isWithin(correction, order.day)) return;
      // The branch had rung up the last product of these receipts twice; the correction leaves it out.
      const isWrong = order.lines.length > 1 && order.number % 4 === 1;
      if (isWrong) world.count('dropped_lines', 1);
      corrected?.write(receipt(order, order.lines.length - (isWrong ? 1 : 0)));
    },
    refund(order, day) {
      returns += 1;
      const text = returnReceipt(order, day, returns);
      report.write(text);
      if (isWithin(correction, day)) corrected?.write(text);
    },
    close() {
      report.close();
      closeCorrected();
    },
  };
}

export function receiptNumber(order: OrderKey): string {
  return `B${compactDate(order.day).slice(2)}-${padded(order.number, 5)}`;
}

function receipt(order: Order, lines: number): string {
  const sold = order.lines.slice(0, lines);
  const total = sold.reduce((sum, line) => sum + line.quantity * line.unitPrice - line.discount, 0);
  const facts = { number: receiptNumber(order), at: order.placedAt, total, order };
  return sold.map((line, index) => row({ ...facts, line, position: index + 1, sign: 1 })).join('');
}

/** A return is a receipt of its own, with negative quantities. */
function returnReceipt(order: Order, day: number, count: number): string {
  const { refund } = order;
  if (refund === undefined) return '';
  const lines = refund.line === -1 ? order.lines : [order.lines[refund.line] as Order['lines'][number]];
  const number = `R${compactDate(day).slice(2)}-${padded(count, 4)}`;
  const at = day * secondsPerDay + (11 + (count % 8)) * 3600 + (refund.at % 3600);
  const facts = { number, at, total: -refund.amount, order };
  return lines.map((line, index) => row({ ...facts, line, position: index + 1, sign: -1 })).join('');
}

interface Row {
  readonly number: string;
  readonly at: number;
  readonly total: number;
  readonly order: Order;
  readonly line: Order['lines'][number];
  readonly position: number;
  readonly sign: 1 | -1;
}

function row({ number, at, total, order, line, position, sign }: Row): string {
  const { product, quantity, unitPrice, discount } = line;
  const { person } = order;
  return (
    `${number};${dottedDate(Math.floor(at / secondsPerDay))} ${clockTime(at)};Berlin Hauptbahnhof;${1 + (order.number % 2)};` +
    `${sign === 1 ? 'Verkauf' : 'Retoure'};${position};${product.sku};${product.de};${sign * quantity};` +
    `${commaMoney(unitPrice)};${commaMoney(sign * discount)};${commaMoney(sign * (quantity * unitPrice - discount))};` +
    `${commaMoney(total)};19,0%;${payments[order.number % payments.length]};${person.number % 2 === 0 ? person.email : ''}\r\n`
  );
}
