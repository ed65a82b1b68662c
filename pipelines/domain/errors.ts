/**
 * One family of errors. A `TidemarkError` is meant for a person: what was found, where, and what to do next.
 * Anything else that is thrown is a defect and keeps its stack trace.
 */
export interface ErrorDetails {
  /** File, line, field or relation in which the fault lies. */
  readonly where?: string;
  /** The next thing to do, a command where there is one. */
  readonly next?: string;
  /** Process exit code: 1 failed, 2 wrong usage. */
  readonly exitCode?: 1 | 2;
  /** True where the same call may succeed later without any change. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

export class TidemarkError extends Error {
  readonly where: string | undefined;
  readonly next: string | undefined;
  readonly exitCode: 1 | 2;
  readonly retryable: boolean;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.where = details.where;
    this.next = details.next;
    this.exitCode = details.exitCode ?? 1;
    this.retryable = details.retryable ?? false;
  }
}

/** A definition in the catalog (contract, model, KPI, threshold …) is wrong. */
export class CatalogError extends TidemarkError {}
/** The command line was used wrongly. */
export class UsageError extends TidemarkError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { exitCode: 2, ...details });
  }
}
/** The lake is missing, broken, or refuses a write. */
export class LakeError extends TidemarkError {}
/** Nothing was built in the lake so far. */
export class NoReleaseError extends LakeError {
  constructor(location: string) {
    super('there is no release yet', { where: location, next: 'tidemark ingest PATH, then tidemark build' });
  }
}
/** The engine refused or failed a query. */
export class WarehouseError extends TidemarkError {}
/** An export cannot be read at all. */
export class IngestError extends TidemarkError {}
/** A warning could not be delivered. */
export class DeliveryError extends TidemarkError {}
