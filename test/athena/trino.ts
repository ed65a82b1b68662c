import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, freePort, moveInto } from '../aws/ministack.ts';
import { type OwnedProcess, startOwned } from '../aws/owned-process.ts';
import { runStatement } from './trino-client.ts';

const version = '476';
const archiveHash = 'cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f';
const run = promisify(execFile);

export interface Trino {
  readonly url: string;
  log(): string;
  stop(): Promise<void>;
}

export interface TrinoServices {
  /** Address of S3. */
  readonly s3: string;
  /** Address of the Glue catalog. */
  readonly glue: string;
}

/** Starts one Trino node over the given S3 and Glue, and waits until it answers a query. */
export async function startTrino(services: TrinoServices): Promise<Trino> {
  const [home, java] = [await install(), await findJava()];
  // A port that was free may be taken by the time Java has started, seconds later.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'trino-'));
    writeConfiguration(folder, port, services);
    const server = startOwned(java, javaArguments(home, folder), { cwd: folder, env: process.env });
    const stop = async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    const url = `http://127.0.0.1:${port}`;
    if (await isReady(url, server)) return { url, log: () => server.log(), stop };
    await stop();
    if (attempt === 3 || !/address already in use|failed to bind/i.test(server.log()))
      throw new Error(`Trino did not start:\n${server.log().slice(-4000)}`);
  }
}

/** Fetches the server from Maven Central once; of its plugins, the two that Athena's tables need are kept. */
async function install(): Promise<string> {
  const home = join(cacheFolder, `trino-server-${version}`);
  if (existsSync(join(home, 'plugin', 'hive'))) return home;
  const draft = `${home}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const archive = join(draft, `trino-server-${version}.tar.gz`);
  const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';
  await run(
    'mvn',
    [
      '-q',
      '-B',
      '--strict-checksums',
      plugin,
      `-Dartifact=io.trino:trino-server:${version}:tar.gz`,
      `-DoutputDirectory=${draft}`,
    ],
    {
      timeout: 900_000,
    },
  );
  if ((await sha256(archive)) !== archiveHash)
    throw new Error(`${archive} is not the Trino ${version} that was tested`);
  // Whole first: jars that plugins share are hard links inside the archive.
  await run('tar', ['xzf', archive, '-C', draft], { timeout: 600_000 });
  const unpacked = join(draft, `trino-server-${version}`);
  renameSync(join(unpacked, 'plugin'), join(unpacked, 'all-plugins'));
  mkdirSync(join(unpacked, 'plugin'));
  for (const kept of ['hive', 'iceberg', 'memory']) {
    renameSync(join(unpacked, 'all-plugins', kept), join(unpacked, 'plugin', kept));
  }
  rmSync(join(unpacked, 'all-plugins'), { recursive: true });
  moveInto(unpacked, home);
  rmSync(draft, { recursive: true, force: true });
  return home;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** Trino 476 wants Java 24 or newer, which often lies beside an older default. */
async function findJava(): Promise<string> {
  const given = process.env['TIDEMARK_JAVA_HOME'] ?? process.env['JAVA_HOME'];
  const homes = [...(given ? [given] : []), ...globSync('/usr/lib/jvm/*').sort().reverse()];
  for (const home of homes) {
    const java = join(home, 'bin', 'java');
    if (!existsSync(java)) continue;
    const { stderr } = await run(java, ['-version']).catch(() => ({ stderr: '' }));
    if (Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) >= 24) return java;
  }
  throw new Error('Trino needs Java 24 or newer: install one below /usr/lib/jvm, or set TIDEMARK_JAVA_HOME.');
}

function javaArguments(home: string, folder: string): string[] {
  return [
    '-Xmx2G',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:ReservedCodeCacheSize=256M',
    '-Djdk.attach.allowAttachSelf=true',
    '-XX:+EnableDynamicAgentLoading',
    '--enable-native-access=ALL-UNNAMED',
    '--add-modules=jdk.incubator.vector',
    '-Dnode.environment=test',
    `-Dnode.data-dir=${join(folder, 'data')}`,
    `-Dconfig=${join(folder, 'config.properties')}`,
    `-Dcatalog.config-dir=${join(folder, 'catalog')}`,
    `-Dplugin.dir=${join(home, 'plugin')}`,
    `-Dlog.levels-file=${join(folder, 'log.properties')}`,
    '-cp',
    join(home, 'lib', '*'),
    'io.trino.server.TrinoServer',
  ];
}

function writeConfiguration(folder: string, port: number, services: TrinoServices): void {
  mkdirSync(join(folder, 'catalog'));
  const write = (name: string, properties: Readonly<Record<string, string>>) =>
    writeFileSync(
      join(folder, name),
      Object.entries(properties)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
  write('log.properties', { 'io.trino': 'WARN' });
  write('config.properties', {
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': String(port),
    'node.bind-ip': '127.0.0.1',
    'node.internal-address': '127.0.0.1',
    'discovery.uri': `http://127.0.0.1:${port}`,
    'query.max-memory': '600MB',
    'query.max-memory-per-node': '600MB',
    'task.concurrency': '2',
    'task.max-worker-threads': '4',
    // One writer per statement, so that its limit of partitions is the statement's, as it is Athena's.
    'task.min-writer-count': '1',
    'task.max-writer-count': '1',
  });
  const s3 = {
    'fs.native-s3.enabled': 'true',
    's3.endpoint': services.s3,
    's3.path-style-access': 'true',
    's3.region': 'us-east-1',
    's3.aws-access-key': 'test',
    's3.aws-secret-key': 'test',
    'hive.metastore.glue.endpoint-url': services.glue,
    'hive.metastore.glue.region': 'us-east-1',
    'hive.metastore.glue.aws-access-key': 'test',
    'hive.metastore.glue.aws-secret-key': 'test',
  };
  write('catalog/awsdatacatalog.properties', {
    'connector.name': 'hive',
    'hive.metastore': 'glue',
    'hive.storage-format': 'PARQUET',
    'hive.non-managed-table-writes-enabled': 'true',
    'hive.partition-projection-enabled': 'true',
    // Athena's own limit; a statement that makes more has to be split.
    'hive.max-partitions-per-writers': '100',
    'hive.iceberg-catalog-name': 'iceglue',
    ...s3,
  });
  write('catalog/iceglue.properties', {
    'connector.name': 'iceberg',
    'iceberg.catalog.type': 'glue',
    'iceberg.hive-catalog-name': 'awsdatacatalog',
    ...s3,
  });
}

/** "Started" is said before the node takes queries, so a real one is asked. */
async function isReady(url: string, server: OwnedProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 600 && !server.hasEnded(); attempt++) {
    const answer = await runStatement(url, 'select count(*) from system.runtime.nodes', {}).catch(() => undefined);
    if (answer) return true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return false;
}
