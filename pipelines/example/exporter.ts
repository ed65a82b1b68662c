import type { ChannelId } from './company.ts';
import type { DeliveryOptions } from './delivery.ts';
import type { ChannelDay } from './demand.ts';
import type { ExportFolder } from './export-folder.ts';
import type { IncidentPlan } from './incidents.ts';
import type { Order, RatingRequest } from './orders.ts';
import type { People } from './people.ts';

/** What every exporter knows of its world. */
export interface ExportWorld {
  readonly folder: ExportFolder;
  readonly seed: number;
  readonly first: number;
  readonly last: number;
  readonly plan: IncidentPlan | undefined;
  readonly people: People;
  /** Adds to what the incidents about files have touched. */
  readonly count: (incident: 'duplicated_rows' | 'dropped_lines', rows: number) => void;
}

/** Delivers the planned order file of a channel a second time, named as Windows names a copy in China. */
export function redelivery(world: ExportWorld, channel: ChannelId): NonNullable<DeliveryOptions['onDelivered']> {
  return (name, period, records) => {
    const duplicate = world.plan?.duplicate;
    if (duplicate?.channel !== channel || duplicate.to !== period.to) return;
    world.folder.copy(name, name.replace('.csv', '_副本.csv'));
    world.count('duplicated_rows', records);
  };
}

/** Writes one kind of export. The world calls it day by day; within a day in the order of these members. */
export interface Exporter {
  startDay?(day: number): void;
  /** An order of the exporter's channel was placed. */
  order?(order: Order): void;
  /** Money went back today for an order that was placed earlier. */
  refund?(order: Order, day: number): void;
  /** A buyer rates an order today. */
  rating?(request: RatingRequest, day: number): void;
  /** The day's visits of the exporter's channel. */
  visits?(day: number, plan: ChannelDay): void;
  close(): void;
}
