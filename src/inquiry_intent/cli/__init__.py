"""The command line. Heavy imports live inside the commands, so that `--help` answers at once."""

from importlib import import_module

import click

from inquiry_intent.cli.told import Told

#: Commands and where they are, in the order in which people need them.
COMMANDS = {
    "simulate": "simulate:simulate_command",
    "mapping": "data:mapping_group",
    "ingest": "data:ingest_command",
    "run": "line:run_command",
    "score": "line:score_command",
    "summary": "line:summary_command",
    "compare": "compare:compare_command",
    "tune": "tune:tune_command",
    "audit": "audit:audit_command",
    "classify": "classify:classify_command",
    "signals": "signals:signals_command",
}


class Commands(Told, click.Group):
    """Load a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command = getattr(import_module(f"inquiry_intent.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands)
@click.version_option(package_name="inquiry-intent")
def cli() -> None:
    """Which of this week's inquiries become orders, from which kind of client, and why.

    Example:

    \b
        inquiry-intent run --mapping data/mappings/demo.yaml data/raw/demo -o out
    """
