"""What each role is allowed by default on an 11.6 server, as far as the router has to do with it.

It is told over REST; the sandbox itself does not go by it.
"""

DEFAULTS = {
    "channel_user": (
        "add_reaction", "create_post", "delete_post", "edit_post", "manage_private_channel_members",
        "manage_public_channel_members", "read_channel", "remove_reaction", "use_channel_mentions",
    ),
    "system_user": ("create_direct_channel", "create_group_channel", "create_team", "view_members"),
    "team_user": ("add_user_to_team", "create_private_channel", "create_public_channel", "read_public_channel"),
}  # fmt: skip
