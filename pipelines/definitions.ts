import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { type Calendar, calendar } from './domain/calendar.ts';
import { type CatalogFault, catalogFaults } from './domain/catalog-faults.ts';
import { type Contract, contract } from './domain/contract.ts';
import { type Dataset, dataset } from './domain/dataset.ts';
import { CatalogError } from './domain/errors.ts';
import { type Kpi, kpi } from './domain/kpi.ts';
import { withKpiModels } from './domain/kpi-models.ts';
import { type Model, type ModelDefinition, model } from './domain/model.ts';
import { type Owners, ownersFile } from './domain/owner.ts';
import { type PersonalHeaders, personalHeaderWords } from './domain/personal-header.ts';
import { type Playbook, playbook } from './domain/playbook.ts';
import { type Inhibition, type Route, routes as routesFile } from './domain/route.ts';
import { type SavedQuery, savedQuery } from './domain/saved-query.ts';
import { type Threshold, threshold } from './domain/threshold.ts';
import { thresholdFaults } from './domain/threshold-faults.ts';
import { type Upkeep, upkeep, upkeepFile } from './domain/upkeep.ts';
import { parseYaml } from './domain/yaml-document.ts';

/** The whole catalog, found, parsed and checked once. Maps are keyed by id, in id order. */
export interface Definitions {
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly contracts: ReadonlyMap<string, Contract>;
  /** Headers that are about persons. */
  readonly personalHeaders: PersonalHeaders;
  readonly models: ReadonlyMap<string, ModelDefinition>;
  readonly kpis: ReadonlyMap<string, Kpi>;
  readonly thresholds: ReadonlyMap<string, Threshold>;
  readonly playbooks: ReadonlyMap<string, Playbook>;
  readonly calendars: ReadonlyMap<string, Calendar>;
  /** Queries to start from. */
  readonly queries: ReadonlyMap<string, SavedQuery>;
  readonly routes: readonly Route[];
  readonly inhibitions: readonly Inhibition[];
  readonly upkeep: Upkeep;
  readonly owners: Owners;
  /** File of each definition, keyed `kind/id`, for messages. */
  readonly files: ReadonlyMap<string, string>;
  /** Hash over every definition; a release remembers which catalog it was built with. */
  readonly fingerprint: string;
}

/** What reading exports needs of the catalog. */
export type ExportDefinitions = Pick<Definitions, 'datasets' | 'contracts' | 'personalHeaders'>;

export const builtInCatalog = fileURLToPath(new URL('./catalog', import.meta.url));

/**
 * Loads the built-in catalog with overlays on top. A file of an overlay adds to the catalog, or replaces the definition
 * of the same kind and id.
 * @throws CatalogError naming file, line and field.
 */
export function loadDefinitions(overlays: readonly string[] = []): Definitions {
  const { folders, files } = sourcesOf(overlays);
  const { datasets, contracts, personalHeaders } = loadForExports({ folders, files });
  const kpis = loadKind({ folders, files }, 'kpis', kpi, (definition) => definition.kpi);
  const models = withKpiModels(loadModels({ folders, files }), kpis);
  const thresholds = loadKind({ folders, files }, 'thresholds', threshold, (definition) => definition.threshold);
  const playbooks = loadKind({ folders, files }, 'playbooks', playbook, (definition) => definition.playbook);
  const calendars = loadKind({ folders, files }, 'calendars', calendar, (definition) => definition.calendar);
  const queries = loadKind({ folders, files }, 'queries', savedQuery, (definition) => definition.query);
  const { routes, inhibitions } = loadRoutes(folders);
  // What is only asked of a finished release is left out: a new mark must not make a build look stale.
  const everything = [datasets, contracts, models, kpis].map((kind) => [...kind.entries()]);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(everything, (key, value) => (key === 'file' ? undefined : value)))
    .digest('hex');
  const watching = {
    thresholds,
    playbooks,
    calendars,
    routes,
    inhibitions,
    upkeep: loadUpkeep(folders),
    owners: loadOwners(folders),
  };
  const definitions = { datasets, contracts, personalHeaders, models, kpis, ...watching, queries, files, fingerprint };
  requireNone([...catalogFaults(definitions), ...thresholdFaults(definitions)], files);
  return definitions;
}

/**
 * Loads and checks only what reading exports needs, which takes half as long.
 * @throws CatalogError naming file, line and field.
 */
export function loadExportDefinitions(overlays: readonly string[] = []): ExportDefinitions {
  const sources = sourcesOf(overlays);
  const definitions = loadForExports(sources);
  requireNone(catalogFaults({ ...definitions, models: new Map(), kpis: new Map() }), sources.files);
  return definitions;
}

function sourcesOf(overlays: readonly string[]): Sources {
  for (const overlay of overlays) requireFolder(overlay);
  return { folders: [builtInCatalog, ...overlays], files: new Map() };
}

function loadForExports(sources: Sources): ExportDefinitions {
  return {
    datasets: loadKind(sources, 'datasets', dataset, (definition) => definition.dataset),
    contracts: loadKind(sources, 'contracts', contract, (definition) => definition.contract),
    personalHeaders: loadPersonalHeaders(sources.folders),
  };
}

interface Sources {
  readonly folders: readonly string[];
  /** Filled while loading. */
  readonly files: Map<string, string>;
}

function requireNone(faults: readonly CatalogFault[], files: Definitions['files']): void {
  const first = faults[0];
  if (!first) return;
  throw new CatalogError(faults.map((fault) => `${fault.definition}: ${fault.field}: ${fault.text}`).join('\n'), {
    where: files.get(first.definition) ?? first.definition,
    next: 'mend the definition and run `tidemark contract check`',
  });
}

function requireFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  throw new CatalogError('catalog overlay is not a folder', {
    where: folder,
    next: 'give --catalog a folder that is laid out like pipelines/catalog',
    exitCode: 2,
  });
}

function loadKind<T>(
  { folders, files }: Sources,
  kind: string,
  schema: z.ZodType<T>,
  idOf: (definition: T) => string,
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const folder of folders) {
    for (const file of filesBelow(join(folder, kind), '.yaml')) {
      const definition = parseYaml({ file, text: readFileSync(file, 'utf8') }, schema);
      const id = idOf(definition);
      requireName(file, '.yaml', id);
      found.set(id, definition);
      files.set(`${kind}/${id}`, file);
    }
  }
  return inIdOrder(found);
}

function loadModels({ folders, files }: Sources): ReadonlyMap<string, ModelDefinition> {
  const found = new Map<string, ModelDefinition>();
  for (const folder of folders) {
    for (const layer of ['staging', 'marts'] as const) {
      for (const file of filesBelow(join(folder, 'models', layer), '.sql')) requireYamlBeside(file, folder);
      for (const yamlFile of filesBelow(join(folder, 'models', layer), '.yaml')) {
        const definition = parseYaml({ file: yamlFile, text: readFileSync(yamlFile, 'utf8') }, model);
        const id = definition.model;
        requireName(yamlFile, '.yaml', id);
        files.set(`models/${layer}/${id}`, yamlFile);
        found.set(id, { ...definition, layer, ...selectOf(definition, yamlFile) });
      }
    }
  }
  return inIdOrder(found);
}

function requireYamlBeside(file: string, folder: string): void {
  const yamlFile = file.replace(/\.sql$/, '.yaml');
  if (existsSync(yamlFile)) return;
  throw new CatalogError('a model needs its YAML (grain, columns) beside the SQL', {
    where: file,
    next: `write ${relative(folder, yamlFile)}`,
  });
}

/** A model's text and place. One that is generated from KPIs gets its text when the KPIs are known. */
function selectOf(definition: Model, yamlFile: string): { sql: string; file: string } {
  if (definition.generated_from_kpis !== undefined) return { sql: '', file: yamlFile };
  const file = yamlFile.replace(/\.yaml$/, '.sql');
  if (existsSync(file)) return { sql: readFileSync(file, 'utf8'), file };
  throw new CatalogError('a model needs its select beside the YAML', {
    where: yamlFile,
    next: `write ${basename(file)}`,
  });
}

/** What all `routes.yaml` files say; a route or inhibition of the same id in an overlay replaces the earlier one in its place. */
function loadRoutes(folders: readonly string[]): Pick<Definitions, 'routes' | 'inhibitions'> {
  const routes = new Map<string, Route>();
  const inhibitions = new Map<string, Inhibition>();
  for (const written of readFromAll(folders, 'routes.yaml', routesFile)) {
    for (const one of written.routes) routes.set(one.route, one);
    for (const one of written.inhibitions) inhibitions.set(one.inhibition, one);
  }
  return { routes: [...routes.values()], inhibitions: [...inhibitions.values()] };
}

/** What all `personal_headers.yaml` files say together. */
function loadPersonalHeaders(folders: readonly string[]): PersonalHeaders {
  return readFromAll(folders, 'personal_headers.yaml', personalHeaderWords).flatMap(({ headers }) => headers);
}

/** What all `upkeep.yaml` files say together, later ones on top. */
function loadUpkeep(folders: readonly string[]): Upkeep {
  return upkeep.parse(Object.assign({}, ...readFromAll(folders, 'upkeep.yaml', upkeepFile)));
}

/** What all `owners.yaml` files say; later ones on top. */
function loadOwners(folders: readonly string[]): Owners {
  const written = readFromAll(folders, 'owners.yaml', ownersFile).flatMap(({ owners }) => owners);
  return new Map(written.map(({ owner, label }) => [owner, label]));
}

/** The files of one name that lie in these folders, in their order. @throws CatalogError naming file, line and field. */
export function readFromAll<T>(folders: readonly string[], name: string, schema: z.ZodType<T>): T[] {
  return folders
    .map((folder) => join(folder, name))
    .filter((file) => existsSync(file))
    .map((file) => parseYaml({ file, text: readFileSync(file, 'utf8') }, schema));
}

function requireName(file: string, extension: string, id: string): void {
  if (basename(file, extension) === id) return;
  throw new CatalogError(`the file is called ${basename(file)} but defines "${id}"`, {
    where: file,
    next: `rename the file to ${id}${extension} or change the id`,
  });
}

function filesBelow(folder: string, extension: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(folder, name));
}

function inIdOrder<T>(found: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)));
}
