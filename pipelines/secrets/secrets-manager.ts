import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { TidemarkError } from '../domain/errors.ts';
import type { Secrets } from './secrets.ts';

/** Secrets of AWS Secrets Manager, by ARN or name. */
export function createSecretsManager(client: SecretsManagerClient = new SecretsManagerClient()): Secrets {
  return {
    async read(name) {
      try {
        const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
        if (SecretString !== undefined) return SecretString;
      } catch (error) {
        throw failure(name, (error as Error).name, error);
      }
      throw failure(name, 'it holds no text');
    },
  };
}

function failure(name: string, found: string, cause?: unknown): TidemarkError {
  return new TidemarkError(`a secret cannot be read: ${found}`, {
    where: name,
    next: 'fill the secret in, and let this role read it',
    ...(cause === undefined ? {} : { cause }),
  });
}
