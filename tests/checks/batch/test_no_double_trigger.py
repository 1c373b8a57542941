from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.azure import arm, environment, resource
from tests.checks.evidence import NOW, load, role, unmet, unproven

check = load("batch/test_no_double_schedule.py")
SITES = {"weu": role("weu", active=True), "neu": role(target=True)}
ACCOUNT = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/"
HOURLY = {"recurrence": {"frequency": "Hour", "interval": 1, "startTime": "2026-01-01T00:05:00Z", "timeZone": "UTC"}}


def pipeline(name="load", **parameters):
    reference = {"pipelineReference": {"type": "PipelineReference", "referenceName": name}}
    return {**reference, **({"parameters": parameters} if parameters else {})}


def trigger(name="hourly", how=None, *, type_="ScheduleTrigger", state="Started", starts=None):
    """A trigger without its place: (name, properties)."""
    said = {"type": type_, "runtimeState": state, "pipelines": starts or [pipeline()], "typeProperties": how or HOURLY}
    return name, {key: value for key, value in said.items() if value is not None}


def on(how, *days, start="2026-01-01T02:00:00", interval=1, **more):
    """A recurrence on weekdays."""
    schedule = {"schedule": {"weekDays": list(days), "hours": [2], "minutes": [0]}} if days else {}
    return {"recurrence": {"frequency": how, "interval": interval, "startTime": start, **schedule, **more}}


def judge(tmp_path, weu, neu, *, sites=SITES, runs="active", looked=None, failing=None, others=()):
    job = {"factory": "adf-<site>", "runsOn": runs}
    jobs = [{**job, "trigger": name} for name in ("hourly", *others)]
    found = environment(tmp_path, {"orders": {"jobs": jobs}})
    declared = {each.site: each for each in found.declared("trigger") if each.trigger == "hourly"}
    views = {}
    for site, triggers in (("weu", weu), ("neu", neu)):
        bodies = [resource("Microsoft.DataFactory/factories", f"adf-{site}", site, location="x")]
        for name, properties in triggers:
            bodies.append(
                resource("Microsoft.DataFactory/factories/triggers", f"adf-{site}/{name}", site, **properties)
            )
        given = {"looked": looked, "failing": failing if site == "neu" else None}
        views[site] = arm("factory_schedules", declared[site], found, *bodies, **given)
    return {
        "schedule_by_site": declared,
        "kubernetes_of_sites": {},
        "arm_of_sites": views,
        "sites": sites,
        "now": NOW,
    }


def test_started_in_one_factory_is_fine(tmp_path):
    looked = Looked()
    given = judge(
        tmp_path, [trigger()], [trigger(state="Stopped"), trigger("else", starts=[pipeline("x")])], looked=looked
    )
    check.test_no_double_schedule(**given)
    assert looked.count == 2


def test_started_in_both(tmp_path):
    assert unmet(
        check.test_no_double_schedule, **judge(tmp_path, [trigger()], [trigger("Hourly", state="started")])
    ) == (
        "orders/adf-weu/hourly would run twice: trigger hourly of Data Factory adf-weu in weu (every hour) and "
        "trigger Hourly of Data Factory adf-neu in neu (every hour), both on Sat 2026-12-05; declared is that it runs "
        "on weu alone."
    )


@pytest.mark.parametrize(
    ("here", "there", "both"),
    [
        (on("Week", "Monday", "Friday"), on("Week", "Saturday", "Sunday"), None),
        (on("Week", "Monday", "Friday"), on("Week", "Friday", "Sunday"), "Fri 2026-12-11"),
        (on("Week", "Monday", interval=2), on("Week", "Monday", interval=2, start="2026-01-08T02:00:00"), None),
        (on("Day", interval=2), on("Day", interval=2, start="2026-01-02T04:00:00"), None),
        (on("Day", interval=2), on("Day", interval=3), "Wed 2026-12-09"),
        (on("Hour", interval=48), on("Hour", interval=48, start="2026-01-02T04:00:00"), None),
        (on("Minute", interval=15), on("Day", interval=7, start="2026-12-03T01:00:00"), "Thu 2026-12-10"),
        (on("Month"), on("Month", start="2026-01-15T02:00:00"), None),
        (on("Month"), on("Month", schedule={"monthDays": [-1, 1]}), "Fri 2027-01-01"),
        (on("Month", schedule={"monthDays": [-1]}), on("Month", schedule={"monthDays": [28]}), "Sun 2027-02-28"),
        (
            on("Month", schedule={"monthlyOccurrences": [{"day": "Monday", "occurrence": 1}]}),
            on("Month", schedule={"monthlyOccurrences": [{"day": "monday", "occurrence": -1}]}),
            None,
        ),
        (
            on("Month", schedule={"monthlyOccurrences": [{"day": "Monday", "occurrence": 1}]}),
            on("Week", "Monday"),
            "Mon 2026-12-07",
        ),
        (on("Year"), on("Year", start="2024-01-01T09:00:00"), "Fri 2027-01-01"),
        (on("Day", endTime="2026-12-01T00:00:00"), on("Day"), None),
        (on("Day"), on("Day", start="2026-12-20T00:00:00+01:00"), "Sun 2026-12-20"),
    ],
)
def test_the_days_of_recurrences(tmp_path, here, there, both):
    given = judge(tmp_path, [trigger(how=here)], [trigger(how=there)])
    if both is None:
        check.test_no_double_schedule(**given)
    else:
        assert f", both on {both};" in unmet(check.test_no_double_schedule, **given)


def test_a_tumbling_window_has_its_recurrence_in_itself(tmp_path):
    window = {"frequency": "Hour", "interval": 4, "startTime": "2026-01-01T00:00:00Z", "maxConcurrency": 1}
    name, said = trigger(how=window, type_="TumblingWindowTrigger")
    said = {**said, "pipeline": pipeline(), "pipelines": None}
    told = unmet(check.test_no_double_schedule, **judge(tmp_path, [(name, said)], [(name, said)]))
    assert "(every 4 hours), both on Sat 2026-12-05" in told


def events(account="stweu", under="/landing/blobs/", **more):
    return trigger(how={"scope": f"{ACCOUNT}{account}", "blobPathBeginsWith": under}, type_="BlobEventsTrigger", **more)


@pytest.mark.parametrize(
    ("there", "clash"),
    [
        (events(), True),
        (events("STWEU", "/landing/blobs/pos/"), True),
        (events(under="/invoices/blobs/"), False),
        (events("stneu"), False),
        (trigger(), True),
    ],
)
def test_events_start_twice_where_both_listen_to_the_same(tmp_path, there, clash):
    given = judge(tmp_path, [events()], [there])
    if clash:
        assert "(by events of stweu) and" in unmet(check.test_no_double_schedule, **given)
    else:
        check.test_no_double_schedule(**given)


def test_a_copy_that_nobody_declared_is_found_by_what_it_starts(tmp_path):
    mine, theirs = [pipeline(table="sales")], [pipeline(table="sales")]
    given = judge(tmp_path, [trigger(starts=mine)], [trigger("tmp-retry", starts=theirs)])
    assert "trigger tmp-retry of Data Factory adf-neu in neu" in unmet(check.test_no_double_schedule, **given)


@pytest.mark.parametrize(
    ("other", "declared"),
    [
        (trigger("tmp-retry", starts=[pipeline(table="stock")]), ()),
        (trigger("tmp-retry", starts=[pipeline("LOAD2", table="sales")]), ()),
        (trigger("tmp-retry", starts=[pipeline(table="sales")], state="Stopped"), ()),
        (trigger("nightly", starts=[pipeline(table="sales")]), ("nightly",)),
    ],
)
def test_others_are_innocent(tmp_path, other, declared):
    check.test_no_double_schedule(
        **judge(tmp_path, [trigger(starts=[pipeline(table="sales")])], [other], others=declared)
    )


def test_where_both_are_meant_both_may_start(tmp_path):
    looked = Looked()
    check.test_no_double_schedule(**judge(tmp_path, [trigger()], [trigger()], runs="both", looked=looked))
    assert looked.count == 2


def test_nowhere_means_nowhere(tmp_path):
    told = unmet(check.test_no_double_schedule, **judge(tmp_path, [trigger()], [trigger()], runs="nowhere"))
    assert told.endswith("declared is that it runs nowhere.")


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (trigger(state=None), "the runtimeState of trigger hourly of Data Factory adf-neu"),
        (trigger(type_="RerunTumblingWindowTrigger"), "of which nobody knows when it starts"),
        (trigger(how=on("Fortnight")), "has the frequency fortnight"),
        (trigger(how=on("Day", interval=0)), "has the interval 0"),
        (trigger(how=on("Day", start="soon")), "has the instant 'soon'"),
        (trigger(how=on("Day", interval="2")), "interval"),
        (trigger(how={"recurrence": {"frequency": "Day", "interval": 2}}), "the startTime of trigger hourly"),
    ],
)
def test_what_cannot_be_told_is_unproven(tmp_path, there, said):
    assert said in unproven(check.test_no_double_schedule, **judge(tmp_path, [trigger()], [there]))


def test_a_factory_that_may_not_be_read_is_unproven(tmp_path):
    failing = {"/triggers": "Microsoft.DataFactory/factories/triggers/read"}
    told = unproven(check.test_no_double_schedule, **judge(tmp_path, [trigger()], [trigger()], failing=failing))
    assert "Microsoft.DataFactory/factories/triggers/read" in told


def test_nobody_is_asked_where_no_subscription_is_declared(tmp_path):
    given = judge(tmp_path, [trigger()], [trigger(state="Stopped")]) | {"arm_of_sites": {}}
    assert "names no azure.subscription" in unproven(check.test_no_double_schedule, **given)
