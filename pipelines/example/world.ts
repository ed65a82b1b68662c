import { secondsPerDay } from './calendar.ts';
import { type ChannelId, channelHabits } from './company.ts';
import { type ChannelDay, planDemand } from './demand.ts';
import type { ExportFolder } from './export-folder.ts';
import type { Exporter, ExportWorld } from './exporter.ts';
import { douyinOrders, douyinRefunds } from './formats/douyin.ts';
import { crmContacts, exchangeRates } from './formats/head-office.ts';
import { jdOrders, jdRefunds } from './formats/jd.ts';
import { shopifyOrders } from './formats/shopify.ts';
import { satisfactionSurvey } from './formats/survey.ts';
import { tillReport } from './formats/till.ts';
import { tmallOrders, tmallRefunds } from './formats/tmall.ts';
import { trafficReports } from './formats/traffic.ts';
import { describeIncidents, type Incident, type IncidentPlan, planIncidents } from './incidents.ts';
import { type Order, OrderBook, type RatingRequest } from './orders.ts';
import { People } from './people.ts';

export interface WorldOptions {
  readonly folder: ExportFolder;
  readonly seed: number;
  /** First and last day, as days since 1970-01-01. */
  readonly first: number;
  readonly last: number;
  /** Orders in all channels together, exactly. */
  readonly orders: number;
  /** Sees every order as it is made: how a test counts without reading the files. */
  readonly onOrder?: (order: Order) => void;
}

/** What was written once the last day is over. */
export interface WorldSummary {
  readonly orders: number;
  readonly lines: number;
  readonly incidents: readonly Incident[];
}

/**
 * Plays the fictional company day by day and writes its exports as it goes; memory holds a few weeks of open matters,
 * whatever the number of orders. Yields the day that has just ended, so that a caller can show progress and breathe.
 */
export function* playWorld(options: WorldOptions): Generator<number, WorldSummary> {
  const world = new World(options);
  for (let day = options.first; day <= options.last; day += 1) {
    world.playDay(day);
    yield day;
  }
  return world.end();
}

interface Channel {
  readonly book: OrderBook;
  readonly days: readonly ChannelDay[];
  readonly exporters: readonly Exporter[];
}

class World {
  readonly #options: WorldOptions;
  readonly #plan: IncidentPlan | undefined;
  readonly #exporters: readonly Exporter[];
  readonly #channels: ReadonlyMap<ChannelId, Channel>;
  readonly #refunds = new Agenda<Order>();
  readonly #ratings = new Agenda<RatingRequest>();
  readonly #counted = { duplicated_rows: 0, dropped_lines: 0 };
  #orders = 0;
  #lines = 0;

  constructor(options: WorldOptions) {
    const { folder, seed, first, last } = options;
    const people = new People(options);
    const count: ExportWorld['count'] = (incident, rows) => {
      this.#counted[incident] += rows;
    };
    this.#options = options;
    this.#plan = planIncidents(seed, first, last);
    const world: ExportWorld = { folder, seed, first, last, plan: this.#plan, people, count };
    const demand = planDemand(options, this.#plan);
    const exporters = channelExporters(world);
    this.#exporters = [...[...exporters.values()].flat(), crmContacts(world), exchangeRates(world)];
    this.#channels = new Map(
      channelHabits.map((habits) => [
        habits.id,
        {
          book: new OrderBook(habits, seed, people),
          days: demand.get(habits.id) ?? [],
          exporters: exporters.get(habits.id) ?? [],
        },
      ]),
    );
  }

  playDay(day: number): void {
    for (const exporter of this.#exporters) exporter.startDay?.(day);
    for (const channel of this.#channels.values()) this.#sell(channel, day);
    for (const order of this.#refunds.take(day)) {
      for (const exporter of this.#channels.get(order.habits.id)?.exporters ?? []) exporter.refund?.(order, day);
    }
    for (const request of this.#ratings.take(day)) {
      for (const exporter of this.#channels.get(request.habits.id)?.exporters ?? []) exporter.rating?.(request, day);
    }
  }

  end(): WorldSummary {
    for (const exporter of this.#exporters) exporter.close();
    const sizes = { duplicatedRows: this.#counted.duplicated_rows, droppedLines: this.#counted.dropped_lines };
    const incidents = describeIncidents(this.#plan, sizes, baselines());
    return { orders: this.#orders, lines: this.#lines, incidents };
  }

  #sell({ book, days, exporters }: Channel, day: number): void {
    const planned = days[day - this.#options.first];
    if (planned === undefined) return;
    for (const order of book.ordersOf(day, planned)) {
      for (const exporter of exporters) exporter.order?.(order);
      this.#note(order);
    }
    for (const exporter of exporters) exporter.visits?.(day, planned);
  }

  #note(order: Order): void {
    this.#orders += 1;
    this.#lines += order.lines.length;
    if (order.refund !== undefined) this.#refunds.add(Math.floor(order.refund.at / secondsPerDay), order);
    if (order.ratedOn !== 0) {
      const { habits, day, number, person } = order;
      const sku = order.lines[0]?.product.sku ?? '';
      this.#ratings.add(order.ratedOn, { habits, day, number, person: { number: person.number }, sku });
    }
    this.#options.onOrder?.(order);
  }
}

/** Things to come, by the day on which they come. */
class Agenda<T> {
  readonly #days = new Map<number, T[]>();

  add(day: number, matter: T): void {
    const matters = this.#days.get(day);
    if (matters === undefined) this.#days.set(day, [matter]);
    else matters.push(matter);
  }

  take(day: number): readonly T[] {
    const matters = this.#days.get(day) ?? [];
    this.#days.delete(day);
    return matters;
  }
}

function channelExporters(world: ExportWorld): ReadonlyMap<ChannelId, readonly Exporter[]> {
  const traffic = trafficReports(world);
  const survey = (channel: ChannelId): Exporter => satisfactionSurvey(world, channel);
  return new Map<ChannelId, readonly Exporter[]>([
    ['tmall', [tmallOrders(world), tmallRefunds(world), traffic.tmall, survey('tmall')]],
    ['jd', [jdOrders(world), jdRefunds(world), traffic.jd, survey('jd')]],
    ['douyin', [douyinOrders(world), douyinRefunds(world), traffic.douyin, survey('douyin')]],
    ['web_shop', [shopifyOrders(world), traffic.web_shop, survey('web_shop')]],
    ['store_berlin', [tillReport(world), survey('store_berlin')]],
  ]);
}

function baselines(): ReadonlyMap<ChannelId, number> {
  return new Map(channelHabits.map((habits) => [habits.id, habits.conversion ?? 0]));
}
