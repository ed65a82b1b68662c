import { SNSClient } from '@aws-sdk/client-sns';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import { createIngest } from '../../pipelines/ingest/create-ingest.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { createS3Client, createS3Lake } from '../../pipelines/lake/s3-lake.ts';
import { createSnsNotifier } from '../../pipelines/notify/sns-notifier.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { deliverWarnings } from '../../pipelines/steps/deliver-warnings.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { ingestExports } from '../../pipelines/steps/ingest-exports.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { lowRule } from '../domain/alerting/rules.ts';
import { type KpiRow, kpiRelease } from '../steps/kpi-release.ts';

/** Where a run reads and writes. Endpoint and credentials come from the environment, as for every AWS client. */
export interface RunPlace {
  readonly bucket: string;
  /** Ends in "/"; the lake's place in the bucket. */
  readonly prefix: string;
  /** A folder of this run's own for local copies. */
  readonly localFolder: string;
  /** Overlay with the contract of the export. */
  readonly catalog: string;
  readonly files: readonly string[];
  readonly topic: string;
}

/** Only the models behind orders: a run is killed some sixty times. */
const wanted = /^(?:stg_.*|order_facts|order_refunds)$/;
const rule = lowRule({ marks: { critical: 0.01, warning: 0.02, approach: 0.025, recover: 0.03 } });

/** Five days of one KPI: well, close, in breach, deep in breach, well. */
const figures = [40, 24, 18, 8, 40].map(
  (numerator, day): KpiRow => ({
    kpi_id: 'conversion_rate',
    channel_id: 'paper_shop',
    business_date: `2026-03-0${day + 1}`,
    numerator,
    denominator: 1000,
  }),
);

export function definitionsOf(catalog: string): Definitions {
  const all = loadDefinitions([catalog]);
  return {
    ...all,
    models: new Map([...all.models].filter(([name]) => wanted.test(name))),
    thresholds: new Map([[rule.threshold, rule]]),
  };
}

export function openLakeAt({ bucket, prefix, localFolder }: Pick<RunPlace, 'bucket' | 'prefix' | 'localFolder'>): Lake {
  return createS3Lake({ bucket, prefix, localFolder, localLimitBytes: 1e9, now: () => new Date() }, createS3Client());
}

export async function ingestInto(lake: Lake, definitions: Definitions, files: readonly string[]) {
  const ports = {
    lake,
    ingest: createIngest({
      catalog: definitions,
      pseudonymKey: () => ({ version: 1, secret: new Uint8Array(32).fill(7) }),
      memoryLimit: '200MiB',
      lanes: 1,
    }),
    now: () => new Date('2026-03-06T00:00:00Z'),
    newAttempt: () => `pid${process.pid}-${performance.now().toString(36).replace('.', '')}`,
  };
  const receipts = [];
  for await (const receipt of ingestExports(files, {}, ports)) receipts.push(receipt);
  return receipts;
}

export function buildIn(lake: Lake, definitions: Definitions) {
  return buildModels({
    lake,
    builder: createDuckDbWarehouse(lake, { threads: 1, memoryLimit: '200MiB' }),
    definitions,
    settings: { reportingCurrency: 'CNY', largeChange: Number.POSITIVE_INFINITY },
    now: () => new Date('2026-03-06T00:00:00Z'),
  });
}

/** Everything once, on a bucket: ingest, build, evaluate, deliver. */
export async function wholeRun(place: RunPlace): Promise<void> {
  const definitions = definitionsOf(place.catalog);
  const lake = openLakeAt(place);
  await ingestInto(lake, definitions, place.files);
  await buildIn(lake, definitions);
  const session = await kpiRelease(figures, '2026-03-05');
  try {
    const now = () => new Date('2026-03-06T00:00:00Z');
    await evaluateThresholds({}, { lake, session, definitions, now });
    const topics = { approaching: place.topic, warning: place.topic, critical: place.topic };
    const notifiers = [createSnsNotifier({ topics, language: 'en' }, new SNSClient())];
    const reports = await deliverWarnings({ lake, now, routes: [{ route: 'all', match: {}, to: ['sns'] }], notifiers });
    const stopped = reports.find((report) => report.stopped !== null);
    if (stopped) throw new Error(`the delivery stopped: ${stopped.stopped}`);
  } finally {
    await session.close();
  }
}
