"""The stages of dvc.yaml: each reads its inputs, calls one function and writes its outputs."""

import click

from inquiry_intent.errors import what_to_say


class Stage(click.Command):
    """Show what a user can fix as one message and exit code 1, as the command line does."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (said := what_to_say(error)) is None:
                raise
            raise click.ClickException(said) from error
