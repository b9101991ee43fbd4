"""Which verdicts count as those of the last days, and which as those before."""

from datetime import date, timedelta

from router.core.topics import Routing
from router.service.tally import VERDICTS, Tally
from router.service.verdicts import BEFORE_DAYS, NOW_DAYS, Said, verdicts
from router.storage import open_store

TODAY = date(2026, 3, 2)


def test_the_last_days_end_today_and_the_month_before_ends_where_they_begin():
    tally, store = Tally(VERDICTS), open_store("memory://")
    for ago in range(NOW_DAYS + BEFORE_DAYS + 1):
        tally.count("none none", TODAY - timedelta(days=ago))
    tally.write(store, TODAY)
    found, none = verdicts(store, TODAY), Said(None, Routing.NONE)
    assert (found.now, found.before) == ({none: NOW_DAYS}, {none: BEFORE_DAYS})
