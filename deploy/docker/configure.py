"""Give a hub in containers the sample configuration if it has none, as `hub up` does for a local one."""

import sys

from deploy.local.apply import SAMPLE, apply_file, is_configured
from deploy.local.errors import LocalHubError
from deploy.local.settings import local_settings


def main() -> None:
    settings = local_settings()
    if is_configured(settings):
        sys.stdout.write("The hub has a configuration; it stays as it is.\n")
    else:
        sys.stdout.write(f"{apply_file(SAMPLE, settings)} documents of {SAMPLE.name} applied.\n")


if __name__ == "__main__":
    try:
        main()
    except LocalHubError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
