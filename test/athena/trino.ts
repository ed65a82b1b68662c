import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, freePort } from '../aws/ministack.ts';
import { runStatement } from './trino-client.ts';

const version = '476';
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
  const home = await install();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'trino-'));
  writeConfiguration(folder, port, services);
  const child = spawn(await findJava(), javaArguments(home, folder), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed.push(String(chunk));
      if (printed.length > 2000) printed.splice(0, 1000);
    });
  }
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child, printed);
  return { url, log: () => printed.join(''), stop: () => stop(child, folder) };
}

/** Fetches the server from Maven Central once; of its plugins, the two that Athena's tables need are kept. */
async function install(): Promise<string> {
  const home = join(cacheFolder, `trino-server-${version}`);
  if (existsSync(join(home, 'plugin', 'hive'))) return home;
  const draft = `${home}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';
  await run('mvn', ['-q', plugin, `-Dartifact=io.trino:trino-server:${version}:tar.gz`, `-DoutputDirectory=${draft}`], {
    timeout: 900_000,
  });
  // Whole first: jars that plugins share are hard links inside the archive.
  await run('tar', ['xzf', join(draft, `trino-server-${version}.tar.gz`), '-C', draft], { timeout: 600_000 });
  const unpacked = join(draft, `trino-server-${version}`);
  renameSync(join(unpacked, 'plugin'), join(unpacked, 'all-plugins'));
  mkdirSync(join(unpacked, 'plugin'));
  for (const kept of ['hive', 'iceberg', 'memory']) {
    renameSync(join(unpacked, 'all-plugins', kept), join(unpacked, 'plugin', kept));
  }
  rmSync(join(unpacked, 'all-plugins'), { recursive: true });
  if (!existsSync(home)) renameSync(unpacked, home);
  rmSync(draft, { recursive: true, force: true });
  return home;
}

/** Trino 476 wants Java 24 or newer. */
async function findJava(): Promise<string> {
  const given = process.env['TIDEMARK_JAVA_HOME'] ?? process.env['JAVA_HOME'];
  const homes = [...(given ? [given] : []), ...globSync('/usr/lib/jvm/*').sort().reverse()];
  for (const home of homes) {
    const java = join(home, 'bin', 'java');
    if (!existsSync(java)) continue;
    const { stderr } = await run(java, ['-version']);
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
async function untilReady(url: string, child: ChildProcess, printed: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) break;
    const answer = await runStatement(url, 'select count(*) from system.runtime.nodes', {}).catch(() => undefined);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  child.kill('SIGKILL');
  throw new Error(`Trino did not start:\n${printed.join('').slice(-4000)}`);
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
