import type { Command } from 'commander';
import { composeKeyRotation } from '../../compose-persons.ts';
import { pseudonymKeyFile } from '../../compose-pseudonym-key.ts';
import { runs } from '../run-command.ts';

/** `key rotate`: a new key for pseudonyms in front of the old ones. */
export function addKeyCommand(program: Command): void {
  const key = program.command('key').description('the key behind the pseudonyms');
  const rotate = key
    .command('rotate')
    .description('put a new key in front of the old ones; customers stay one, new rows are written under the new key')
    .addHelpText('after', help);
  runs(rotate, async ({ terminal }) => {
    const version = composeKeyRotation();
    terminal.document({ version, file: pseudonymKeyFile() });
    terminal.line(`New rows are written under key v${version}. Keep the whole file: ${pseudonymKeyFile()}`);
    return 0;
  });
}

const help = `
Keep the old keys: what they named stays joined through them. Everybody who reads the same exports needs the same keys.
Where the key comes from a variable or a secret, put the new one in front yourself:
  TIDEMARK_PSEUDONYM_KEY="v2:$(openssl rand -hex 32),$TIDEMARK_PSEUDONYM_KEY"
  Secrets Manager: {"version":2,"secret":"<new>","previous":[{"version":1,"secret":"<old>"}]}

Example:
  tidemark key rotate`;
