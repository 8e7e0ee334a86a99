"""How commands and the stages of dvc.yaml tell what a user can fix."""

import click

from inquiry_intent.errors import what_to_say


class Told(click.Command):
    """A command, or stage, that shows what a user can fix as one message and ends with exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (said := what_to_say(error)) is None:
                raise
            raise click.ClickException(said) from error
