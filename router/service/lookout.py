"""Looking at Mattermost from time to time: who we are there, where we post, who can be reached, what is wrong."""

import logging

from router.core.errors import ChatError, StoreError
from router.ports import Chat
from router.service.conditions import SERVER, Conditions
from router.service.directory import Directory
from router.service.places import Places
from router.service.roster import Roster

log = logging.getLogger(__name__)


class Lookout:
    """Looks at the start, until Mattermost has answered once, and then again every few minutes."""

    def __init__(
        self, chat: Chat, directory: Directory, places: Places, roster: Roster, conditions: Conditions
    ) -> None:
        self._chat = chat
        self._directory = directory
        self._places = places
        self._roster = roster
        self._conditions = conditions

    @property
    def remarks(self) -> list[str]:
        """What people should know of Mattermost although it does what is asked."""
        return [*self._places.remarks, *filter(None, [self._chat.remark()])]

    def look(self) -> bool:
        """Read everything again and note what is wrong; False when it could not all be read."""
        try:
            self._directory.introduce()
            self._places.look_again()
            self._roster.read_all()
        except ChatError as error:
            self._conditions.begin(SERVER, error)
            return False
        except StoreError:
            log.exception("what was read of Mattermost could not be kept; it is read again")
            return False
        self._conditions.end(SERVER)
        return True
