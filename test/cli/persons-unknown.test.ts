import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hanMei, liLei, spellings, writeExports } from '../fixtures/erasable-person.ts';
import { encodeText } from '../ingest/encode-text.ts';
import { query } from '../ingest/staged-lake.ts';
import { runTidemark } from './run-tidemark.ts';

/** Prefixes that are declared personal: raw files, quarantined text, and the free text of reviews. */
const personal = /^(?:landing|raw|quarantine|staged\/reviews)\//;
const planted = [
  ...spellings,
  hanMei.phone,
  hanMei.name,
  hanMei.address,
  'han@example.com',
  '很好!',
  '代收',
  'Zhao',
  '赵六',
];

const folder = mkdtempSync(join(tmpdir(), 'tidemark-persons-'));
const lake = join(folder, 'lake');
const said: { readonly command: string; readonly text: string }[] = [];

/** Runs a command and keeps all that it said, on both streams. */
async function tidemark(...args: string[]): Promise<string> {
  const global = ['--lake', lake, '--catalog', join(folder, 'catalog'), '--now', '2026-03-10T00:00:00Z'];
  const env = { XDG_CONFIG_HOME: join(folder, 'configuration'), TIDEMARK_PSEUDONYM_KEY: '' };
  const { out, err } = await runTidemark([...args, ...global], { cwd: folder, env });
  said.push({ command: args.join(' ').slice(0, 40), text: `${out}\n${err}` });
  return out;
}

/** Files whose every cell may fail: damaged bytes, a broken workbook, quotes that never close, dates that are none. */
function writeDamagedExports(): void {
  const damaged = join(folder, 'damaged');
  mkdirSync(damaged, { recursive: true });
  const rows = `Contact ID,Mobile,Email,Gender,Birth Year,Created Date\n赵六,${liLei.phone},${liLei.mail},Zhao,${hanMei.address},${hanMei.name}\n`;
  writeFileSync(join(damaged, 'crm_contacts_20260305.csv'), `${rows}"C-9,${liLei.phone},${liLei.mail}\n`);
  writeFileSync(
    join(damaged, 'crm_contacts_20260306.csv'),
    Buffer.concat([Buffer.from(rows), Buffer.from([0xff, 0xfe, 0x81])]),
  );
  writeFileSync(join(damaged, 'names.csv'), encodeText(`姓名,手机\n${hanMei.name},${hanMei.phone}\n`, 'gb18030'));
  writeFileSync(join(damaged, 'book.xlsx'), Buffer.from(`PK\u0003\u0004${liLei.name}${liLei.phone}`));
  writeFileSync(join(damaged, 'list.json'), `[{"Mobile": "${liLei.phone}", "Full Name": "${liLei.name}"`);
}

beforeAll(async () => {
  writeExports(folder);
  writeDamagedExports();
  await tidemark('ingest', join(folder, 'exports'), '--json');
  await tidemark('ingest', join(folder, 'damaged'));
  await tidemark('ingest', join(folder, 'damaged'), '--source', 'crm_contacts', '--json');
  await tidemark('build', '--json');
  await tidemark('evaluate', '--json');
  await tidemark('alerts', 'list', '--json');
  const listed = (await tidemark('quarantine', 'list', '--json')).trim().split('\n');
  const held = listed.map((line) => JSON.parse(line) as { export: string; rejected: number });
  const partly = held.find(({ rejected }) => rejected > 0)?.export ?? '';
  await tidemark('quarantine', 'show', partly, '--json');
  await tidemark('quarantine', 'show', partly, '--text', '--json');
  await tidemark('quarantine', 'replay', '--json');
  for (const mart of ['customer_360', 'findings', 'report_notes', 'exports_received', 'reject_reasons']) {
    await tidemark('sql', `select * from ${mart}`, '--json');
  }
  await tidemark('sql', `select * from customer_360 where customer_ref = 1/'x'`);
  await tidemark('trace', 'sales_daily', '--where', "channel_id = 'tmall'", '--json');
  await tidemark(
    'contract',
    'infer',
    join(folder, 'exports', 'crm_contacts_20260302.csv'),
    '--out',
    join(lake, 'draft.yaml'),
  );
  await tidemark('contract', 'infer', join(folder, 'damaged', 'names.csv'), '--json');
  await tidemark('report', 'refresh', '--json');
  await tidemark('release', 'list', '--json');
  await tidemark('gc', '--dry-run', '--json');
  await tidemark('doctor', '--json');
  await tidemark('erase', '--subject', liLei.phone, '--dry-run', '--json');
  await tidemark('erase', '--subject', '13100000000', '--json');
}, 900_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** What a file holds, in every way in which somebody could read it. */
async function readings(path: string): Promise<string[]> {
  const bytes = readFileSync(path);
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  const texts = ['utf-8', 'gb18030', 'utf-16le'].map((encoding) => new TextDecoder(encoding).decode(plain));
  if (path.endsWith('.parquet')) texts.push(JSON.stringify(await query(`from read_parquet(${quotedString(path)})`)));
  return texts;
}

describe('persons stay unknown', () => {
  it('in all that commands say, also of what fails', () => {
    expect(said.length).toBeGreaterThan(20);
    expect(said.find(({ command }) => command.startsWith('quarantine show'))?.text).toContain('"line"');
    for (const { command, text } of said) {
      // The one thing that may be repeated is what the user has typed.
      const found = planted.filter((value) => text.includes(value) && !command.includes(value));
      expect(found, command).toEqual([]);
      expect(text, command).not.toContain('This is a defect');
    }
  });

  it('in all that is written, but for the prefixes that are declared personal', async () => {
    const files = readdirSync(lake, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(lake.length + 1));
    const folders = new Set(paths.map((path) => path.split('/')[0]));
    for (const wanted of ['raw', 'staged', 'quarantine', 'receipts', 'marts', 'releases', 'report'])
      expect(folders).toContain(wanted);
    let inPersonal = 0;
    for (const path of paths) {
      const texts = await readings(join(lake, path));
      const found = planted.filter((value) => texts.some((text) => text.includes(value)));
      if (personal.test(path)) inPersonal += found.length;
      else expect(found, path).toEqual([]);
    }
    // The search can find: what was planted stands where it may.
    expect(inPersonal).toBeGreaterThan(planted.length);
  }, 300_000);
});
