"""What surrounds every command that works on the data folder: a clean start, an end on signals, troubles in words."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from dmp_assets.commands.terminal import complain, say
from dmp_assets.foundation.settings.settings import Settings


@contextmanager
def at_work(settings: Settings) -> Iterator[None]:
    """Begin with a clean folder, end within seconds of a signal, and end with a sentence where trouble comes.

    The exit code is that of the trouble, or 128 + n after signal n.
    """
    from dmp_assets.foundation.warehouse.connection import interrupt_all
    from dmp_assets.operations.liveness import hold_presence
    from dmp_assets.operations.progress import shown_now
    from dmp_assets.operations.stopping import ends_on_signals

    def last_words(sentence: str) -> None:
        if (progress := shown_now()) is not None:
            progress.stop()
        complain(sentence)

    with ends_on_signals(last_words, interrupt_all), in_plain_words(settings):
        begin(settings)
        hold_presence(settings.data_dir)
        yield


@contextmanager
def in_plain_words(settings: Settings) -> Iterator[None]:
    """End the command with one sentence and an exit code where something outside of the program stops it."""
    from dmp_assets.operations.trouble import trouble_of

    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        trouble = trouble_of(error, settings)
        if trouble is None:
            raise
        complain(trouble.sentence)
        raise typer.Exit(trouble.exit_code) from None


def begin(settings: Settings, *, says_readers: bool = False) -> None:
    """Check the folder, close it to others, and clear away what dead processes left: files, and runs marked as alive.

    Who can read the analysts' file is said where that has changed, or where ``says_readers`` asks for it.

    Raises:
        UnusableFolderError: The folder cannot be used.
        UnknownGroupError: The group of the analysts' file cannot be given.
    """
    from dmp_assets.operations.folder import check_folder, close_to_others, in_words
    from dmp_assets.operations.leftovers import remove_leftovers

    check_folder(settings.data_dir)
    if close_to_others(settings) or says_readers:
        say(in_words(settings))
    removed = remove_leftovers(settings)
    if removed:
        say(f"Removed {len(removed)} files and folders that a process left half done when it was killed")
    _close_dead_runs(settings)


def _close_dead_runs(settings: Settings) -> None:
    from dmp_assets.operations.home import HOME, open_instance, prepare_home
    from dmp_assets.operations.liveness import has_active_runs, reap_dead_runs, remove_free_locks

    if not has_active_runs(settings.data_dir / HOME):
        remove_free_locks(settings.data_dir)
        return
    from dmp_assets.commands.runs import DAGSTER_CONFIG

    prepare_home(settings.data_dir, DAGSTER_CONFIG)
    with open_instance() as instance:
        for run_id in reap_dead_runs(instance, settings.data_dir):
            say(f"Run {run_id} was marked as running, but its process is gone: closed")
