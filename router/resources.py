"""What is shipped with the code: templates, and the policy file to begin with."""

from pathlib import Path


def data_folder() -> Path:
    """Where templates and the shipped policy file are: in the wheel, or in the checkout."""
    package = Path(__file__).parent
    packaged = package / "_data"
    return packaged if packaged.is_dir() else package.parent
