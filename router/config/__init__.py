"""The policy file and the settings: both read, checked and typed, with every fault in one go.

What a value must look like is known here and nowhere else. Whether it is true (a channel that exists, a token that is
accepted, a template that renders) is for others to ask.
"""

from router.config.policies import Examination, examine_policy, examine_policy_file, examine_shadow, read_policy
from router.config.settings import Secrets, Settings, examine_names, examine_settings, read_settings

__all__ = [
    "Examination",
    "Secrets",
    "Settings",
    "examine_names",
    "examine_policy",
    "examine_policy_file",
    "examine_settings",
    "examine_shadow",
    "read_policy",
    "read_settings",
]
