import type { Contract } from '../../domain/contract.ts';
import { soundsPersonal } from '../../domain/personal-header.ts';
import { cleanDialect, type Detection, type Dialect } from '../detect/dialect.ts';
import type { IngestCatalog } from '../ingest.ts';
import { planContract } from '../plan/contract-plan.ts';
import type { IdentifierKind } from './person-matcher.ts';

/** Where a table says something about persons. */
export interface PersonalLayout {
  readonly dialect: Dialect;
  readonly width: number;
  /** Columns whose cells a contract reads as identifiers. */
  readonly identifiers: readonly { readonly position: number; readonly kind: IdentifierKind }[];
  /** Columns that are emptied where the record is the person's: names, addresses and texts too. */
  readonly personal: ReadonlySet<number>;
  readonly channelId: string;
  readonly nullWords: readonly string[];
}

/** Lays a contract over a detected table; without one, only headers and the cells themselves tell. */
export function personalLayout(
  { dialect, layout }: Detection,
  contract: Contract | undefined,
  catalog: IngestCatalog,
): PersonalLayout {
  const plan = contract && planContract(contract, catalog, layout);
  const named = (plan?.columns ?? []).flatMap(({ column, position }) =>
    position === undefined || column.personal === undefined ? [] : [{ position, kind: column.personal }],
  );
  const known = new Set((plan?.columns ?? []).map(({ position }) => position));
  const sounding = (layout.header ?? []).flatMap((header, at) =>
    !known.has(at) && soundsPersonal(header, catalog.personalHeaders) ? [at] : [],
  );
  return {
    dialect,
    width: plan?.width ?? layout.width,
    identifiers: named.flatMap(({ position, kind }) => (kind === 'free_text' ? [] : [{ position, kind }])),
    personal: new Set([...named.map(({ position }) => position), ...sounding]),
    channelId: contract?.channel.channel_id ?? '',
    nullWords: contract?.null_words ?? [],
  };
}

/** Texts that are no table: only what they mention counts. */
export const noTable: PersonalLayout = {
  dialect: { ...cleanDialect, delimiter: '' },
  width: 1,
  identifiers: [],
  personal: new Set(),
  channelId: '',
  nullWords: [],
};
