from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.evidence import EvidenceMissing, SourceError
from fixtures.sources.metrics.answering import read_answer
from fixtures.sources.metrics.batches import batches
from fixtures.sources.metrics.facts import Line, Measured, Wanted
from fixtures.sources.metrics.series import Measurements, Point, Series

BUS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ServiceBus/namespaces/sb-weu"
UNTIL = datetime(2026, 12, 5, 21, 0, tzinfo=UTC)
WANTED = Wanted(resources=(BUS,), namespace="Microsoft.ServiceBus/namespaces", names=("Size",))


def line(*values, **dimensions):
    points = [(UNTIL - timedelta(minutes=len(values) - at), value) for at, value in enumerate(values)]
    return Line(dimensions=dimensions, points=points)


def measured(*lines, **said):
    return Measured(
        resource=BUS, unit="Count", since=UNTIL - timedelta(minutes=15), until=UNTIL, lines=[*lines], **said
    )


def series(*lines, **said):
    return Measurements([WANTED], {WANTED.key("size"): measured(*lines, **said)})


def test_values_of_the_known_points():
    one = series(line(3, None, 5, 4)).one("SIZE")
    assert (one.total(), one.average(), one.highest(), one.lowest(), one.latest()) == (12, 4, 5, 3, 4)
    assert [point.value for point in one.known(3)] == [3, 5, 4]
    assert not one.empty


@pytest.mark.parametrize("method", ["known", "values", "total", "average", "highest", "lowest", "latest"])
def test_too_few_known_points_are_not_zero(method):
    for lines, says in (
        ([line(None, None, None)], "knows 0 of 3 points of Size of sb-weu between 20:45 and 21:00, 1 are needed"),
        ([], "holds no points of Size of sb-weu between 20:45 and 21:00, and that is not 0"),
        ([line()], "holds no points of Size"),
    ):
        one = series(*lines).one("Size")
        assert one.empty
        with pytest.raises(EvidenceMissing, match=says) as caught:
            getattr(one, method)()
        assert caught.value.kind == "partial"
    with pytest.raises(EvidenceMissing, match="knows 2 of 3 points of Size of sb-weu between 20:45 and 21:00, 3 are"):
        getattr(series(line(1, None, 2)).one("Size"), method)(3)


def test_a_zero_is_known():
    one = series(line(0, 0)).one("Size")
    assert (one.total(2), one.empty) == (0, False)


def test_the_latest_may_not_be_too_old():
    one = series(line(7, None, None, None)).one("Size")
    assert one.latest() == 7
    assert one.latest(within=timedelta(minutes=4)) == 7
    with pytest.raises(EvidenceMissing, match="known last at 20:56, which is more than 0:02:00 before 21:00"):
        one.latest(within=timedelta(minutes=2))


def test_lines_are_chosen_by_their_dimensions_whatever_their_case():
    found = series(line(1, entityname="orders-in", error="No"), line(2, entityname="refunds"))
    assert found.one("Size", EntityName="ORDERS-IN").total() == 1
    assert [each.total() for each in found.each("Size")] == [1, 2]
    assert found.each("Size", EntityName="orders-in", Error="no")[0].dimensions == {
        "entityname": "orders-in",
        "error": "No",
    }
    absent = found.one("Size", EntityName="nobody")
    with pytest.raises(EvidenceMissing, match=r"no points of Size of sb-weu \(EntityName nobody\)"):
        absent.total()
    with pytest.raises(EvidenceMissing, match="2 series are"):
        found.one("Size")


def test_a_resource_without_any_line_is_told():
    other = Wanted(resources=(f"{BUS}-2",), namespace=WANTED.namespace, names=("Size",))
    held = Measurements([WANTED, other], {WANTED.key("size"): measured(line(3)), other.key("size"): measured()})
    assert [(resource, len(found)) for resource, found in held.by_resource("Size")] == [(BUS, 1), (f"{BUS}-2", 0)]


def test_what_was_not_asked_or_not_answered_is_missing():
    with pytest.raises(EvidenceMissing, match="was not asked for Length"):
        series(line(1)).one("Length")
    with pytest.raises(EvidenceMissing, match="was not asked for Size of"):
        Measurements([WANTED], {}).one("Size")
    error = SourceError(kind="denied", message="refused", missing_permission="Monitoring Reader on it")
    with pytest.raises(EvidenceMissing, match=r"refused \(missing: Monitoring Reader on it\)"):
        series(error=error).each("Size")
    nowhere = Measurements([Wanted(resources=(), namespace="n", names=("Size",))], {})
    with pytest.raises(EvidenceMissing, match="nothing that is declared tells of which resource"):
        nowhere.one("Size")


def test_what_may_be_asked_together_is_one_request():
    long = Wanted(resources=(BUS,), namespace="n", names=tuple(f"m{at}" for at in range(25)))
    wanted = [
        WANTED,
        Wanted(resources=(BUS.upper(),), namespace=WANTED.namespace, names=("SIZE", "Messages")),
        Wanted(resources=(BUS,), namespace=WANTED.namespace, names=("Size",), aggregation="Average"),
        Wanted(resources=(BUS,), namespace=WANTED.namespace, names=("Size",), dimensions=("EntityName",)),
        Wanted(resources=(), namespace="n", names=("Size",)),
        long,
    ]
    assert [len(batch.names) for batch in batches(wanted)] == [2, 1, 1, 20, 5]


def test_an_answer_tells_an_absent_key_from_a_zero():
    body = (
        b'{"value":[{"name":{"value":"Size"},"unit":"Bytes","errorCode":"Success","timeseries":[{"metadatavalues":'
        b'[{"name":{"value":"EntityName"},"value":"q"}],"data":[{"timeStamp":"2026-12-05T20:59:00Z","total":0},'
        b'{"timeStamp":"2026-12-05T20:58:00Z"},{"timeStamp":"2026-12-05T20:57:00Z","average":3}]}]}]}'
    )
    [read] = read_answer(body, ["size"], "Total").values()
    assert [value for _, value in read.lines[0].points] == [None, None, 0]
    assert read.lines[0].dimensions == {"entityname": "q"}


def test_a_metric_with_an_error_of_its_own():
    body = b'{"value":[{"name":{"value":"Size"},"errorCode":"Timeout","errorMessage":"slow","timeseries":[]}]}'
    assert read_answer(body, ["Size"], "Total")["Size"].error == SourceError(
        kind="unexpected", message="Azure Monitor could not measure Size: Timeout: slow"
    )


def test_the_end_of_a_series_and_whether_nothing_was_counted():
    until = datetime(2026, 12, 5, 21, 0, tzinfo=UTC)

    def made(*values):
        since = until - timedelta(minutes=len(values))
        points = tuple(Point(since + timedelta(minutes=number), value) for number, value in enumerate(values))
        return Series(name="CompleteMessage", resource="/sb", points=points, since=since, until=until)

    end = made(9, 0, None, 0).last(timedelta(minutes=2))
    assert (end.since, [point.value for point in end.points]) == (until - timedelta(minutes=2), [None, 0])
    assert made(9, 0).last(timedelta(hours=1)).since == until - timedelta(minutes=2)
    assert [made(*values).none for values in ((0, 0), (0, 1, None), (0, None), ())] == [True, False, None, None]
    assert Series(name="CompleteMessage", resource="/sb").last(timedelta(minutes=2)).none is None
