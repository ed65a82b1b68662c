import { randomBytes } from 'node:crypto';
import { AthenaClient } from '@aws-sdk/client-athena';
import { GlueClient } from '@aws-sdk/client-glue';
import type { Release } from '../domain/release.ts';
import { AthenaBuildSession } from './athena-build-session.ts';
import { AthenaMarts, describedColumns, martTable } from './athena-marts.ts';
import { buildDatabase } from './athena-relations.ts';
import { AthenaReleaseSession } from './athena-release-session.ts';
import { type AthenaSettings, AthenaStatements } from './athena-statements.ts';
import type { BuildRequest, BuildSession, ModelBuilder } from './build-session.ts';
import { DuckDbEngine } from './duckdb-engine.ts';
import { GlueTables } from './glue-tables.ts';
import type { PublicMarts } from './public-marts.ts';
import type { LakeObjects, ReleaseSession, Warehouse, WarehouseCatalog } from './warehouse.ts';

export interface AthenaWarehouseOptions {
  readonly settings: AthenaSettings;
  readonly objects: LakeObjects;
  /** Says what selects name. */
  readonly parser: Pick<ModelBuilder, 'relationsIn'>;
}

export interface AthenaWarehouse extends Warehouse, ModelBuilder {
  readonly engine: 'athena';
  /** The marts of every release under their own names, with the catalog's words as data dictionary. */
  publicMarts(catalog: WarehouseCatalog): PublicMarts;
}

/** Amazon Athena over a lake in S3, with its tables in Glue. Region, credentials and endpoints come from the environment. */
export function createAthenaWarehouse(options: AthenaWarehouseOptions): AthenaWarehouse {
  const client = { maxAttempts: 6 };
  return new AthenaEngine(options, new AthenaClient(client), new GlueClient(client));
}

/** Raised whenever this adapter computes, hashes or writes rows in another way. */
const version = 1;

class AthenaEngine implements AthenaWarehouse {
  readonly engine = 'athena';
  readonly fingerprint = `athena ${version}`;
  readonly #options: AthenaWarehouseOptions;
  readonly #athena: AthenaClient;
  readonly #glue: GlueTables;

  constructor(options: AthenaWarehouseOptions, athena: AthenaClient, glue: GlueClient) {
    this.#options = options;
    this.#athena = athena;
    this.#glue = new GlueTables(glue);
  }

  publicMarts(catalog: WarehouseCatalog): PublicMarts {
    const { settings, objects } = this.#options;
    return new AthenaMarts({ glue: this.#glue, objects, database: settings.database, catalog });
  }

  relationsIn(texts: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#options.parser.relationsIn(texts);
  }

  async locate(key: string): Promise<string> {
    return this.#options.objects.address(key);
  }

  async openBuild(request: BuildRequest): Promise<BuildSession> {
    const { settings, objects } = this.#options;
    const database = buildDatabase(settings.database);
    const models = new Map(request.catalog.models.map((model) => [model.model, model]));
    return await AthenaBuildSession.open(request, {
      statements: new AthenaStatements(this.#athena, settings, database),
      ...{ glue: this.#glue, objects, database },
      martTable: (mart) => {
        const model = models.get(mart);
        const columns = model ? describedColumns(model, model) : [];
        return { ...martTable(settings.database, mart, columns), location: objects.address(`marts/${mart}/`) };
      },
      build: randomBytes(6).toString('hex'),
    });
  }

  async openRelease(release: Release, catalog: WarehouseCatalog): Promise<ReleaseSession> {
    const { settings, objects } = this.#options;
    return new AthenaReleaseSession({
      ...{ release, catalog, objects, glue: this.#glue, database: settings.database },
      statements: new AthenaStatements(this.#athena, settings, settings.database),
      engine: await DuckDbEngine.open({}),
    });
  }
}
