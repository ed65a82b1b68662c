import { z } from 'zod';
import { UsageError } from '../domain/errors.ts';

const variables = z.object({
  TIDEMARK_ATHENA_WORKGROUP: z.string().min(1),
  TIDEMARK_ATHENA_DATABASE: z.string().regex(/^[a-z0-9_]+$/),
  TIDEMARK_ATHENA_OUTPUT: z.string().startsWith('s3://').optional(),
  TIDEMARK_ATHENA_STATEMENT_MINUTES: z.coerce.number().positive().default(30),
  TIDEMARK_ATHENA_USD_PER_TERABYTE: z.coerce.number().positive().default(5),
  TIDEMARK_ATHENA_FROM_BYTES: z.coerce.number().int().positive().optional(),
});

/**
 * Where Athena is, from the environment; nothing where it names no workgroup.
 * @throws UsageError naming the variable that is missing or malformed.
 */
export function athenaOptions(source: Readonly<Record<string, string | undefined>>) {
  if (!source['TIDEMARK_ATHENA_WORKGROUP']) return {};
  const read = variables.safeParse(source);
  if (!read.success) {
    const names = [...new Set(read.error.issues.map(({ path }) => String(path[0])))].join(', ');
    throw new UsageError(`Athena’s settings cannot be read: ${names}`, {
      where: 'environment',
      next: 'set the variables as the README says',
    });
  }
  const { TIDEMARK_ATHENA_OUTPUT: output, TIDEMARK_ATHENA_FROM_BYTES: athenaFromBytes, ...found } = read.data;
  return {
    ...(athenaFromBytes !== undefined && { athenaFromBytes }),
    athena: {
      workgroup: found.TIDEMARK_ATHENA_WORKGROUP,
      database: found.TIDEMARK_ATHENA_DATABASE,
      timeoutMinutes: found.TIDEMARK_ATHENA_STATEMENT_MINUTES,
      usdPerTerabyte: found.TIDEMARK_ATHENA_USD_PER_TERABYTE,
      ...(output !== undefined && { output }),
    },
  };
}
