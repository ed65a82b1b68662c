import type { Definitions } from '../definitions.ts';
import { NoReleaseError, TidemarkError } from '../domain/errors.ts';
import { stagedFiles } from '../domain/ledger.ts';
import type { Lake } from '../lake/lake.ts';
import type { ReportPages } from '../report/report.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import { freezeReceipts } from './freeze-receipts.ts';

/** One thing that was looked at. `missing`: the product works without it, but not all of it. */
export interface Finding {
  readonly check: string;
  readonly state: 'good' | 'missing' | 'broken';
  readonly text: string;
  /** How to mend it. */
  readonly next: string | null;
}

export interface InstallationPorts {
  readonly runtime: { readonly version: string };
  readonly definitions: () => Definitions;
  readonly lake: () => Lake;
  readonly openRelease: () => Promise<ReleaseSession>;
  readonly pages: ReportPages;
  /** State of the pseudonym key; never the key. */
  readonly key: () => { readonly where: string; readonly exists: boolean; readonly isPrivate: boolean };
}

const oldestNode = 24;

/** Looks at everything that the product needs on this machine, and says what is missing and how to mend it. */
export async function checkInstallation(ports: InstallationPorts): Promise<Finding[]> {
  return [
    checkRuntime(ports.runtime.version),
    await attempt('catalog', () => {
      const { contracts, models, kpis } = ports.definitions();
      return `${contracts.size} contracts, ${models.size} models, ${kpis.size} KPIs`;
    }),
    await attempt('lake', () => probeLake(ports.lake())),
    checkKey(ports),
    await checkStaged(ports),
    await checkRelease(ports),
    await checkPages(ports),
  ];
}

function checkRuntime(version: string): Finding {
  const good = Number(version.replace(/^v/, '').split('.')[0]) >= oldestNode;
  return good
    ? { check: 'node', state: 'good', text: version, next: null }
    : {
        check: 'node',
        state: 'broken',
        text: `${version} is too old`,
        next: 'npm start brings Node 24; use npx tidemark',
      };
}

/** Writes, reads and removes an object: permissions and a full disk show here. */
async function probeLake(lake: Lake): Promise<string> {
  const key = `probes/doctor-${process.pid}`;
  await lake.remove([key]);
  const created = await lake.create(key, Buffer.from('probe'));
  const again = await lake.create(key, Buffer.from('probe'));
  const body = await lake.read(key);
  await lake.remove([key]);
  if (created !== 'created' || again !== 'exists' || body?.length !== 5) {
    throw new TidemarkError('the store does not keep its promises: a second create of one object was not refused', {
      next: 'use a local disk, or an object store with conditional writes',
    });
  }
  return `${lake.location} can be written, and refuses a second create`;
}

function checkKey({ key }: InstallationPorts): Finding {
  const { where, exists, isPrivate } = key();
  const check = 'pseudonym key';
  if (!exists) return { check, state: 'missing', text: `none at ${where} yet`, next: 'the first ingest makes one' };
  if (isPrivate) return { check, state: 'good', text: where, next: null };
  return { check, state: 'broken', text: `others can read ${where}`, next: `chmod 600 ${where}` };
}

/** Whether the rows that receipts name are there: a full build needs all of them. */
async function checkStaged({ lake }: InstallationPorts): Promise<Finding> {
  const check = 'staged rows';
  try {
    const files = stagedFiles(await freezeReceipts(lake(), []));
    const there = new Set<string>();
    for await (const { key } of lake().list('staged/')) there.add(key);
    const gone = files.filter(({ key }) => !there.has(key));
    if (gone.length === 0) return { check, state: 'good', text: `${files.length} files`, next: null };
    const exports = [...new Set(gone.map((file) => file.export.slice(0, 12)))];
    const replays = exports.map((sha) => `tidemark quarantine replay ${sha}`);
    return {
      ...{ check, state: 'broken', text: `${gone.length} of ${files.length} files are gone: ${gone[0]?.key}` },
      next: `${replays.slice(0, 5).join('; ')}; ${replays.length > 5 ? 'doctor again; ' : ''}tidemark build --full`,
    };
  } catch (error) {
    return fault(check, error);
  }
}

async function checkRelease({ openRelease }: InstallationPorts): Promise<Finding> {
  const check = 'release';
  try {
    const session = await openRelease();
    try {
      for (const mart of Object.keys(session.release.parts)) await session.query(`select count(*) as n from ${mart}`);
      return {
        check,
        state: 'good',
        text: `${session.release.id}, data up to ${session.release.as_of ?? 'no day yet'}`,
        next: null,
      };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (error instanceof NoReleaseError)
      return { check, state: 'missing', text: error.message, next: error.next ?? null };
    return { ...fault(check, error), next: 'tidemark build --full' };
  }
}

async function checkPages({ pages }: InstallationPorts): Promise<Finding> {
  const folder = await pages.current();
  const check = 'report pages';
  return folder === undefined
    ? { check, state: 'missing', text: 'not built from the present pages', next: 'npx tidemark report build' }
    : { check, state: 'good', text: folder, next: null };
}

async function attempt(check: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { check, state: 'good', text: await look(), next: null };
  } catch (error) {
    return fault(check, error);
  }
}

function fault(check: string, error: unknown): Finding {
  const { message, where, next } = error as TidemarkError;
  return { check, state: 'broken', text: where === undefined ? message : `${message}: ${where}`, next: next ?? null };
}
