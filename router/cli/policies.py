"""Which policy file a command goes by that needs one, but no installation."""

from pathlib import Path

from router.config import Settings, examine_policy_file
from router.core.policy import Policy
from router.resources import data_folder

FILE = "responders.toml"


def policy_for(settings: Settings, given: Path | None = None) -> Policy:
    """Read the given file, else that of the settings; where they name none and none is here, the shipped one.

    Raises PolicyFaulty.
    """
    path = given or settings.policy
    if given is None and path == Path(FILE) and not path.exists():
        path = data_folder() / FILE
    policy, _ = examine_policy_file(path).accepted()
    return policy
