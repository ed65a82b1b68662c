import { z } from 'zod';

/** Everything that the deployment tells functions. Each function asks for the variables that it needs, and no others. */
const variables = {
  TIDEMARK_LAKE: z.string().startsWith('s3://'),
  TIDEMARK_SHARED_KEY: z.string().startsWith('arn:'),
  TIDEMARK_PERSONAL_PREFIXES: z.string().transform((text) => text.split(',').filter(Boolean)),
  TIDEMARK_LANGUAGE: z.enum(['zh', 'en']),
  TIDEMARK_REPORTING_CURRENCY: z.string().regex(/^[A-Z]{3}$/),
  TIDEMARK_ENGINE: z.enum(['duckdb', 'athena', 'auto']),
  TIDEMARK_ATHENA_WORKGROUP: z.string().min(1),
  TIDEMARK_ATHENA_DATABASE: z.string().min(1),
  TIDEMARK_ATHENA_FROM_BYTES: z.coerce.number().int().positive(),
  TIDEMARK_ATHENA_STATEMENT_MINUTES: z.coerce.number().positive(),
  TIDEMARK_ATHENA_USD_PER_TERABYTE: z.coerce.number().positive(),
  TIDEMARK_PSEUDONYM_KEY_SECRET: z.string().min(1),
  TIDEMARK_RUN_MACHINE: z.string().startsWith('arn:'),
  TIDEMARK_REPORT: z.string().startsWith('s3://'),
  TIDEMARK_ROBOTS_SECRET: z.string().min(1),
  TIDEMARK_TOPIC_APPROACHING: z.string().startsWith('arn:'),
  TIDEMARK_TOPIC_WARNING: z.string().startsWith('arn:'),
  TIDEMARK_TOPIC_CRITICAL: z.string().startsWith('arn:'),
  /** Set by Lambda itself, in megabytes. */
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: z.coerce.number().positive(),
  TIDEMARK_SIGN_IN_DOMAIN: z.url({ protocol: /^https$/ }),
  TIDEMARK_SIGN_IN_CLIENT_SECRET: z.string().min(1),
  TIDEMARK_COOKIE_KEY_ID: z.string().min(1),
  TIDEMARK_COOKIE_KEY_SECRET: z.string().min(1),
} as const;

export type Variable = keyof typeof variables;
export type Environment<Name extends Variable> = { readonly [Key in Name]: z.infer<(typeof variables)[Key]> };

/**
 * Reads variables once, when a function starts.
 * @throws Error naming every variable that is missing or malformed, and never its value.
 */
export function readEnvironment<const Name extends Variable>(
  names: readonly Name[],
  source: Readonly<Record<string, string | undefined>> = process.env,
): Environment<Name> {
  const found: [string, unknown][] = [];
  const faulty: string[] = [];
  for (const name of names) {
    const value = variables[name].safeParse(source[name]);
    if (value.success) found.push([name, value.data]);
    else faulty.push(`${name} ${source[name] === undefined ? 'is missing' : 'is malformed'}`);
  }
  if (faulty.length > 0) throw new Error(`This function was deployed without what it needs: ${faulty.join('; ')}.`);
  return Object.fromEntries(found) as Environment<Name>;
}
