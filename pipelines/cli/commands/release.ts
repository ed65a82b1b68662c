import type { Command } from 'commander';
import { composeReleases } from '../../compose-releases.ts';
import { runsOnLake } from '../run-command.ts';

/** `release`: which builds readers saw, and back to one of them. */
export function addReleaseCommand(program: Command): void {
  const release = program.command('release').description('the builds that readers saw, and the way back to one');
  const list = release
    .command('list')
    .description('every release that is or was current, the current one first')
    .addHelpText('after', '\nExamples:\n  tidemark release list\n  tidemark release list --json');
  runsOnLake<[], object>(list, async ({ tidemark, terminal }) => {
    const releases = await composeReleases(tidemark).list();
    terminal.document(releases);
    if (releases.length === 0) terminal.say('release_none');
    else {
      terminal.list(
        releases.map(({ release: id, is_current, until, is_readable }) => ({
          release: id,
          until: is_current ? terminal.text('is_current') : until,
          readable: terminal.text(is_readable ? 'readable' : 'unreadable'),
        })),
      );
    }
    return 0;
  });

  const rollback = release
    .command('rollback')
    .argument('[release]', 'id, or the beginning of one; default: the one before the current')
    .description('make an earlier release current again; the next build goes on from the receipts, so mend them first')
    .addHelpText('after', '\nExamples:\n  tidemark release rollback\n  tidemark release rollback 3f9c2a');
  runsOnLake<[string | undefined], object>(rollback, async ({ tidemark, terminal }, _flags, id) => {
    const target = await composeReleases(tidemark).rollBack(id);
    terminal.document(target);
    terminal.say('release_current', { release: target.release });
    return 0;
  });
}
