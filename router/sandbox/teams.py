"""Teams and their members."""

from http import HTTPStatus

from router.sandbox import announcements
from router.sandbox.errors import bad_body, bad_request, forbidden, not_found
from router.sandbox.records import Channel, Team, new_id
from router.sandbox.routing import OK, Call, Reply, Routes, is_id, text_of
from router.sandbox.state import State

routes = Routes()


def create_team(state: State, name: str, display_name: str) -> Team:
    """Make a team with its two default channels; a taken name is a 400."""
    if any(team.name == name for team in state.teams.values()):
        raise bad_request("store.sql_team.save_team.existing.app_error")
    team = Team(new_id(), name, display_name, state.now())
    state.teams[team.id] = team
    for channel_name, shown in (("town-square", "Town Square"), ("off-topic", "Off-Topic")):
        channel = Channel(new_id(), team.id, "O", channel_name, shown, state.now())
        state.channels[channel.id] = channel
    return team


@routes.add("POST", "/teams")
def post_team(call: Call) -> Reply:
    """Make a team; its maker is its admin. Bots may not."""
    if call.me.is_bot and not call.me.is_admin:
        raise forbidden()
    team = create_team(call.state, text_of(call.body, "name"), text_of(call.body, "display_name"))
    call.state.add_to_team(team, call.me).scheme_admin = True
    return Reply(team.json(), HTTPStatus.CREATED)


@routes.add("GET", "/teams")
def list_teams(call: Call) -> Reply:
    """Return the teams that the caller may see."""
    teams = [team for team in call.state.teams.values() if call.me.is_admin or call.me.id in team.members]
    return Reply([team.json() for team in call.page_of(teams)])


@routes.add("GET", "/users/{user_id}/teams")
def list_teams_of_user(call: Call) -> Reply:
    """Return the teams of one person."""
    user_id = call.id("user_id")
    if not call.me.is_admin and user_id != call.me.id:
        raise forbidden()
    return Reply([team.json() for team in call.state.teams.values() if user_id in team.members])


def _visible(call: Call, team: Team) -> Team:
    if not call.me.is_admin and call.me.id not in team.members:
        raise forbidden()
    return team


@routes.add("GET", "/teams/{team_id}")
def get_team(call: Call) -> Reply:
    """Return a team by id, to its members."""
    return Reply(_visible(call, call.state.team(call.id("team_id"))).json())


@routes.add("GET", "/teams/name/{name:[^/]+}")
def get_team_by_name(call: Call) -> Reply:
    """Return a team by name, to its members."""
    return Reply(_visible(call, call.state.team_named(call.arguments["name"])).json())


@routes.add("GET", "/teams/{team_id}/members")
def list_team_members(call: Call) -> Reply:
    """Return the members of a team."""
    team = _visible(call, call.state.team(call.id("team_id")))
    return Reply([member.json() for member in call.page_of(list(team.members.values()))])


@routes.add("POST", "/teams/{team_id}/members/ids")
def list_team_members_by_ids(call: Call) -> Reply:
    """Return the memberships of those of a list of ids who are in the team."""
    wanted, team = call.strings("user_ids"), _visible(call, call.state.team(call.id("team_id")))
    return Reply([member.json() for user_id, member in team.members.items() if user_id in wanted])


@routes.add("POST", "/teams/{team_id}/members")
def add_team_member(call: Call) -> Reply:
    """Add somebody, as any member of the team may."""
    team = _visible(call, call.state.team(call.id("team_id")))
    if call.body.get("team_id") != team.id:
        raise bad_body("team_id")
    if not is_id(call.body.get("user_id")):
        raise bad_body("user_id")
    user = call.state.users.get(call.body["user_id"])
    if user is None:
        raise not_found("app.user.missing_account.const" if call.me.is_admin else "api.team.user.missing_account")
    member = call.state.add_to_team(team, user)
    announcements.team_joined(call.state, team.id, user.id)
    return Reply(member.json(), HTTPStatus.CREATED)


@routes.add("GET", "/teams/{team_id}/members/{user_id}")
def get_team_member(call: Call) -> Reply:
    """Return one membership."""
    team = _visible(call, call.state.team(call.id("team_id")))
    member = team.members.get(call.id("user_id"))
    if member is None:
        raise not_found("app.team.get_member.missing.app_error")
    return Reply(member.json())


@routes.add("DELETE", "/teams/{team_id}/members/{user_id}")
def remove_team_member(call: Call) -> Reply:
    """Remove somebody from a team and all its channels; others only as a team admin."""
    team, user_id = call.state.team(call.id("team_id")), call.id("user_id")
    if user_id != call.me.id:
        call.state.require_team_admin(call.me, team.id)
    call.state.user(user_id)
    if team.members.pop(user_id, None) is None:
        raise bad_request("api.team.remove_user_from_team.missing.app_error")
    for channel in call.state.channels.values():
        if channel.team_id == team.id:
            channel.members.pop(user_id, None)
    announcements.team_left(call.state, team.id, user_id)
    return OK


@routes.add("PUT", "/teams/{team_id}/members/{user_id}/schemeRoles")
def put_team_scheme_roles(call: Call) -> Reply:
    """Make somebody a team admin, or no longer."""
    team = call.state.team(call.id("team_id"))
    call.state.require_team_admin(call.me, team.id)
    member = team.members.get(call.id("user_id"))
    if member is None:
        raise not_found("app.team.get_member.missing.app_error")
    member.scheme_admin = call.body.get("scheme_admin") is True
    return OK
