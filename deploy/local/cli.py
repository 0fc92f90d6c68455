"""The `hub` command. Each of its commands is a function in a module of its own; here they get their names.

Exit codes of every command: 0 done, 1 something that should run does not, 2 a wrong setting or option.
"""

import sys
from typing import Annotated

import typer

from deploy.local.apply import apply
from deploy.local.dead_letters import dead_letters
from deploy.local.demo import demo
from deploy.local.doctor import doctor
from deploy.local.errors import LocalHubError
from deploy.local.prepare import prepared
from deploy.local.rebuild import rebuild
from deploy.local.rotate_keys import rotate_keys
from deploy.local.settings import local_settings
from deploy.local.tail import tail
from deploy.local.tokens import local_token, role_named, time_span
from deploy.local.triage import triage
from deploy.local.up import up
from shared.auth import ROLES

app = typer.Typer(
    help="Interaction Hub: run it here, look at it, configure it.",
    epilog="Exit codes: 0 done, 1 something that should run does not, 2 a wrong setting or option.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def fetch() -> None:
    """Fetch Kafka, MongoDB and the Java runtime into HUB_SERVERS (~/.cache/interaction-hub/servers), once."""
    prepared()


@app.command()
def token(
    role: Annotated[str, typer.Option(help=f"What it allows: {', '.join(ROLES)}.")],
    subject: Annotated[str, typer.Option(help="Who it speaks for, such as an agent's id; by default the role.")] = "",
    ttl: Annotated[str, typer.Option(help="How long it is valid: a number and s, m, h or d.")] = "12h",
) -> None:
    """Print an access token for this machine's hub (HUB_DATA), and nothing else."""
    settings = local_settings()
    print(local_token(settings.secrets_dir, role_named(role), subject or role, time_span(ttl)))


app.command()(up)
app.command()(apply)
app.command()(triage)
app.command()(doctor)
app.command()(demo)
app.command()(tail)
app.command()(rotate_keys)
app.command()(rebuild)
app.add_typer(dead_letters, name="dead-letters")


def main() -> None:
    try:
        app()
    except LocalHubError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
