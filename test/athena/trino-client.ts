/** The part of Trino's type signature that is used. */
export interface TypeSignature {
  readonly rawType: string;
  readonly arguments?: readonly { readonly kind: string; readonly value: unknown }[];
}

export interface TrinoColumn {
  readonly name: string;
  readonly typeSignature: TypeSignature;
}

export interface TrinoResult {
  readonly columns: readonly TrinoColumn[];
  readonly rows: readonly (readonly unknown[])[];
  /** What kind of change it was; absent for queries. */
  readonly updateType?: string;
  readonly updateCount?: number;
  readonly scannedBytes: number;
}

export interface StatementOptions {
  readonly catalog?: string;
  readonly schema?: string;
  readonly signal?: AbortSignal;
}

/** An error as Trino names it. */
export class TrinoError extends Error {
  readonly errorName: string;
  readonly errorType: string;

  constructor({ message, errorName, errorType }: { message: string; errorName: string; errorType: string }) {
    super(message);
    this.name = 'TrinoError';
    this.errorName = errorName;
    this.errorType = errorType;
  }
}

interface Page {
  readonly nextUri?: string;
  readonly columns?: readonly TrinoColumn[];
  readonly data?: readonly (readonly unknown[])[];
  readonly updateType?: string;
  readonly updateCount?: number;
  readonly stats?: { readonly physicalInputBytes?: number };
  readonly error?: { message: string; errorName: string; errorType: string };
}

/** Runs one statement by Trino's REST protocol and collects all of its rows. @throws TrinoError */
export async function runStatement(url: string, sql: string, options: StatementOptions): Promise<TrinoResult> {
  const headers = {
    'X-Trino-User': 'athena',
    'X-Trino-Time-Zone': 'UTC',
    ...(options.catalog !== undefined && { 'X-Trino-Catalog': options.catalog }),
    ...(options.schema !== undefined && { 'X-Trino-Schema': options.schema }),
  };
  const rows: (readonly unknown[])[] = [];
  let columns: readonly TrinoColumn[] = [];
  let page = await ask(`${url}/v1/statement`, { method: 'POST', headers, body: sql });
  for (;;) {
    if (page.error) throw new TrinoError(page.error);
    columns = page.columns ?? columns;
    rows.push(...(page.data ?? []));
    if (page.nextUri === undefined) break;
    if (options.signal?.aborted) {
      await fetch(page.nextUri, { method: 'DELETE' });
      throw new Error('Query cancelled by user');
    }
    page = await ask(page.nextUri, { headers });
  }
  const { updateType, updateCount, stats } = page;
  return {
    columns,
    rows,
    scannedBytes: stats?.physicalInputBytes ?? 0,
    ...(updateType !== undefined && { updateType }),
    ...(updateCount !== undefined && { updateCount }),
  };
}

async function ask(url: string, request: RequestInit): Promise<Page> {
  for (;;) {
    const response = await fetch(url, request);
    if (response.ok) return parseExactly(await response.text()) as Page;
    if (response.status !== 503) throw new Error(`Trino answers ${response.status}: ${await response.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** JSON in which whole numbers too large for a double stay exact, as text. */
function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value, context?: { source?: string }) => {
    const isInexact = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return isInexact ? (context?.source ?? value) : value;
  });
}
