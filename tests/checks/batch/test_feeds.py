from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import environment
from tests.checks.evidence import NOW, load, role, since, unmet, unproven
from tests.checks.stored import blob, entry, error

check = load("batch/test_feeds.py")
FEED = {"name": "pos", "account": "st<site>", "container": "landing", "prefix": "pos/", "every": "1h"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DC1 = role("dc1", legacy=True, is_from=False)
BEFORE = {"weu": role("weu", active=True), "neu": role(target=True), "dc1": DC1}
AFTER = {"weu": role("weu"), "neu": role(active=True), "dc1": DC1}
OF_OLD = [entry("pos/1.csv", 9 * DAY)]


def judge(
    tmp_path,
    here=(),
    there=(),
    *,
    sites=AFTER,
    at="neu",
    switched=None,
    looked=None,
    failing=None,
    legacy=False,
    **feed,
):
    found = environment(tmp_path, {"orders": {"feeds": [{**FEED, "tolerance": "15m", **feed}]}})
    declared = {each.site: each for each in found.declared("feed")}
    [other] = [site for site in declared if site != at]
    stored = {f"st{site}/landing": blobs for site, blobs in ((at, here), (other, there)) if blobs is not None}
    views = {}
    for site, about in declared.items():
        given = {"failing": failing if site == at else None, "looked": looked if site == at else None}
        views[site] = blob("arrivals", about, found, stored, **given, asked=declared[at])
    window = SimpleNamespace(opens=NOW + DAY)
    return {
        "feed": declared[at],
        "blob": views.pop(at),
        "blob_elsewhere": views,
        "sites": sites,
        "cutover": SimpleNamespace(window=window),
        "since": since if switched is None else lambda span: max(NOW - span, switched),
        "now": NOW,
    }


@pytest.mark.parametrize(
    "blobs",
    [
        [entry("pos/1.csv", timedelta(minutes=74))],
        [*OF_OLD, entry("pos/2.csv", timedelta(minutes=3))],
        [entry("pos/1.csv", HOUR), entry("pos/_SUCCESS", timedelta(minutes=1), 0)],
        [entry("pos/1.csv", HOUR), entry("pos/2.csv", None), entry("pos/3.csv", HOUR, None)],
        [entry("pos/1.csv", -timedelta(minutes=2))],
    ],
)
def test_what_came_in_time_is_enough(tmp_path, blobs):
    looked = Looked()
    check.test_feeds(**judge(tmp_path, blobs, looked=looked))
    assert looked.count == 1


def test_a_feed_that_ceased(tmp_path):
    given = judge(tmp_path, [entry("pos/1.csv", 5 * HOUR), entry("prices/1.csv")], sites=BEFORE, at="weu")
    assert unmet(check.test_feeds, **given) == (
        "Feed orders/pos does not arrive in weu, which is active: in stweu/landing/pos the newest is pos/1.csv of "
        "2026-12-05 16:00 UTC; declared is one every 1h, at most 15m late."
    )


def test_a_feed_that_never_came(tmp_path):
    told = unmet(check.test_feeds, **judge(tmp_path, [entry("POS/1.csv")], sites=BEFORE, at="weu"))
    assert "in stweu/landing/pos nothing has ever arrived; declared is" in told


def test_a_feed_that_is_written_empty(tmp_path):
    empty = [entry("pos/2.csv", HOUR, 0), entry("pos/3.csv", timedelta(0), 0)]
    told = unmet(check.test_feeds, **judge(tmp_path, [*OF_OLD, *empty], sites=BEFORE, at="weu"))
    assert "the newest is pos/1.csv of 2026-11-26 21:00 UTC (2 newer ones are empty)" in told


def test_a_name_that_the_sender_chose_does_no_harm(tmp_path):
    hostile = entry("pos/\x1b[2J\n" + "x" * 900, 5 * HOUR)
    told = unmet(check.test_feeds, **judge(tmp_path, [hostile], sites=BEFORE, at="weu"))
    assert f"the newest is pos/?[2J?{'x' * 111}... of 2026" in told


def test_without_its_container(tmp_path):
    assert unmet(check.test_feeds, **judge(tmp_path, None)) == (
        "Feed orders/pos: container landing does not exist in stneu of neu."
    )


def test_a_feed_that_comes_to_the_site_that_is_to_take_over(tmp_path):
    told = unmet(check.test_feeds, **judge(tmp_path, OF_OLD, [entry("pos/9.csv", HOUR)], sites=BEFORE, at="weu"))
    assert "in weu, which is active, but in neu, where the newest is pos/9.csv of 2026-12-05 20:00 UTC:" in told


def test_after_a_move_the_sender_was_not_switched(tmp_path):
    given = judge(tmp_path, OF_OLD, [entry("pos/9.csv", timedelta(minutes=20))], switched=NOW - HOUR)
    assert "does not arrive in neu, which is active, but in weu, where" in unmet(check.test_feeds, **given)


def test_after_a_move_the_next_is_not_due_yet(tmp_path):
    check.test_feeds(**judge(tmp_path, OF_OLD, [entry("pos/9.csv", HOUR)], switched=NOW - timedelta(minutes=30)))
    check.test_feeds(**judge(tmp_path, (), [entry("pos/9.csv", HOUR)], switched=NOW - timedelta(minutes=30)))


def test_the_opening_of_the_window_counts_where_nobody_says_when_the_switch_began(tmp_path):
    given = judge(tmp_path, OF_OLD, [entry("pos/9.csv", HOUR)])
    assert "--started, the instant of the switch, would tell" in unproven(check.test_feeds, **given)
    given["cutover"].window.opens = NOW - timedelta(minutes=10)
    check.test_feeds(**given)
    given["cutover"].window.opens = NOW - 2 * HOUR
    assert "but in weu" in unmet(check.test_feeds, **given)


def test_where_it_was_late_before_the_move_it_is_late(tmp_path):
    given = judge(tmp_path, OF_OLD, [entry("pos/9.csv", 3 * HOUR)], switched=NOW - timedelta(minutes=10))
    assert "which is active: in stneu" in unmet(check.test_feeds, **given)


@pytest.mark.parametrize("before", [role("dc1", legacy=True, is_from=True), role("weu")], ids=["legacy", "lost"])
@pytest.mark.parametrize(("ago", "late"), [(timedelta(minutes=70), False), (timedelta(minutes=80), True)])
def test_after_a_place_that_tells_nothing_the_first_has_its_time(tmp_path, before, ago, late):
    given = judge(tmp_path, OF_OLD, sites={"neu": role(active=True), before.name: before}, switched=NOW - ago)
    given["blob_elsewhere"] = {}
    if late:
        assert "does not arrive in neu" in unmet(check.test_feeds, **given)
    else:
        check.test_feeds(**given)


def test_of_two_that_are_active_each_has_a_feed_of_its_own(tmp_path):
    both = {"weu": role("weu", active=True), "neu": role(active=True)}
    given = judge(tmp_path, OF_OLD, [entry("pos/9.csv")], sites=both, switched=NOW)
    assert "which is active: in stneu" in unmet(check.test_feeds, **given)


def many(folder=""):
    return [entry(f"pos/{folder}{number:06}.csv", 30 * DAY) for number in range(20_001)]


def test_a_long_listing_never_says_that_nothing_came(tmp_path):
    told = unproven(check.test_feeds, **judge(tmp_path, [*many(), entry("pos/z.csv")], sites=BEFORE, at="weu"))
    assert "only 10000 blobs were looked at" in told
    assert "A narrower prefix would tell" in told


@pytest.mark.parametrize(
    "newest", ["pos/2026/12/05/1.csv", "pos/2026/12/5/1.csv", "pos/2026/12/5²6/1.csv", "pos/a.csv"]
)
def test_in_a_long_listing_the_newest_folder_is_looked_at(tmp_path, newest):
    blobs = [*many("2025/"), entry("pos/2026/9/1.csv", 80 * DAY), entry("pos/2026/12/03/1.csv", 2 * DAY), entry(newest)]
    check.test_feeds(**judge(tmp_path, blobs, sites=BEFORE, at="weu"))


def test_in_a_folder_of_thousands_all_are_looked_at(tmp_path):
    check.test_feeds(**judge(tmp_path, [*many()[:9_000], entry("pos/z.csv")], sites=BEFORE, at="weu"))
    given = judge(tmp_path, many()[:9_000], sites=BEFORE, at="weu")
    assert "the newest is pos/008999.csv" in unmet(check.test_feeds, **given)


def test_after_a_move_a_long_listing_of_the_other_site_is_unproven(tmp_path):
    given = judge(tmp_path, OF_OLD, many(), switched=NOW - HOUR)
    assert "of stweu/landing/pos not all was looked at" in unproven(check.test_feeds, **given)


@pytest.mark.parametrize("odd", [entry("pos/2.csv", None), entry("pos/2.csv", HOUR, None)])
def test_what_nobody_tells_is_unproven(tmp_path, odd):
    told = unproven(check.test_feeds, **judge(tmp_path, [*OF_OLD, odd], sites=BEFORE, at="weu"))
    assert "of 1 of 2 blobs in stweu/landing/pos nobody says how large or how old" in told


def test_an_instant_that_is_yet_to_come_is_unproven(tmp_path):
    assert "which is yet to come" in unproven(check.test_feeds, **judge(tmp_path, [entry("pos/1.csv", -DAY)]))


def test_what_may_not_be_listed_is_unproven(tmp_path):
    refused = error("stneu/landing: 403 (missing: Storage Blob Data Reader on stneu)")
    told = unproven(check.test_feeds, **judge(tmp_path, OF_OLD, failing={"LIST": refused}))
    assert "Storage Blob Data Reader on stneu" in told
