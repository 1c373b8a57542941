from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from fixtures.azure.clouds import cloud_of
from fixtures.azure.credential import SandboxCredential
from fixtures.azure.exchanges import Exchanges
from fixtures.azure.transport import transport_to
from fixtures.evidence import EvidenceMissing, SourceFailed, utc_now
from fixtures.sources.metrics import asking
from fixtures.sources.metrics.batches import Batch
from fixtures.sources.metrics.facts import Wanted
from fixtures.sources.metrics.monitor import Monitor, client_of
from tests.metrics.conftest import entry, every, queue
from tests.sandbox import azure_world
from tests.sandbox.azure_world import BUS, GROUP

METRICS = f"{BUS}/providers/Microsoft.Insights/metrics"


def ill(**rule):
    """A document that makes requests for the bus's metrics go wrong."""
    return {"id": f"{METRICS}*", "x-gonogo": rule}


def test_one_request_for_all_queues_of_a_namespace(ask):
    asked = ask([*every(), *every("refunds")], queue(), queue("REFUNDS"), queue("orders-in"))
    assert asked.answer.error is None
    assert asked.answer.requests == 1 == len(asked.paths)
    told = parse_qs(urlsplit(asked.paths[0]).query)
    assert told["metricnames"] == ["IncomingMessages,CompleteMessage,OutgoingMessages"]
    assert (told["$filter"], told["top"], told["aggregation"], told["interval"]) == (
        ["EntityName eq '*'"],
        ["1000"],
        ["Total"],
        ["PT1M"],
    )
    assert asked.view.completions(queue("Refunds")).completed.total() == 60
    assert abs(asked.answer.clock_offset) < timedelta(seconds=2)
    assert asked.answer.identity == "management.azure.com"


def test_the_newest_three_minutes_are_left_out(ask):
    told = parse_qs(urlsplit(ask(every()).paths[0]).query)["timespan"][0]
    since, until = (datetime.fromisoformat(each) for each in told.split("/"))
    assert until - since == timedelta(minutes=15)
    assert timedelta(minutes=3) <= datetime.now(UTC) - until < timedelta(minutes=4, seconds=10)
    assert until.second == 0


def test_throttled_and_then_fine_changes_nothing(ask):
    asked = ask(every(), documents=[ill(status=429, times=2, retryAfter=0)])
    assert asked.answer.error is None
    assert asked.answer.requests == 3
    assert asked.view.completions(queue()).completed.total() == 60


def test_a_token_that_expires_in_the_middle_is_renewed(ask):
    asked = ask(every(), documents=[ill(status=401, times=1)])
    assert asked.answer.error is None
    assert asked.answer.requests == 2


@pytest.mark.parametrize(
    ("rule", "kind", "says"),
    [
        ({"status": 403}, "denied", "refuses the metrics of"),
        ({"status": 401}, "denied", "does not take the credential"),
        ({"status": 500, "times": 99, "retryAfter": 0}, "unreachable", "500 InternalServerError"),
        ({"status": 429, "retryAfter": 60}, "throttled", "429 TooManyRequests"),
        ({"status": 400}, "unexpected", "knows no CompleteMessage"),
        ({"body": {"value": [{"name": "CompleteMessage"}]}}, "malformed", "not as documented"),
        ({"body": "<html>"}, "malformed", "no JSON"),
        ({"body": {"value": []}}, "malformed", "leaves CompleteMessage out"),
        ({"drop": True}, "unreachable", "management.azure.com"),
    ],
)
def test_what_is_not_known_is_told_and_never_zero(ask, rule, kind, says):
    asked = ask(every(), documents=[ill(**rule)])
    assert asked.answer.error.kind == "partial"
    with pytest.raises(EvidenceMissing) as caught:
        asked.view.completions(queue()).completed.total()
    told = str(caught.value).replace("IncomingMessages", "CompleteMessage")
    assert (caught.value.kind, says in told) == (kind, True), told
    assert asked.looked.count == 0


def test_the_missing_role_is_named_with_its_scope(ask):
    asked = ask(every(), documents=[ill(status=403)])
    assert asked.answer.error.missing_permission == f"Microsoft.Insights/metrics/read (Monitoring Reader) on {BUS}"
    with pytest.raises(
        EvidenceMissing, match=rf"missing: Microsoft.Insights/metrics/read \(Monitoring Reader\) on {BUS}"
    ):
        asked.view.completions(queue())


def test_a_denied_resource_costs_only_its_own_items(ask):
    other = BUS.replace("sb-weu", "sb-other")
    asked = ask([*every(), *every(resource=other)], queue(), queue(bus="sb-other"), documents=[ill(status=403)])
    assert asked.view.completions(queue(bus="sb-other")).completed.total() == 60
    with pytest.raises(EvidenceMissing):
        asked.view.completions(queue())


def test_one_metric_that_nobody_knows_does_not_cost_the_others(ask):
    asked = ask([entry("IncomingMessages"), entry("CompleteMessage")])
    cloud, routes = cloud_of(azure_world.environment()), asked.sandbox.routes
    client = client_of(cloud, "s", SandboxCredential(), transport_to(cloud.management, routes))
    exchanges = Exchanges(cloud.management, client, time.monotonic() + 20)
    names = ("IncomingMessages", "ImaginaryMessages", "CompleteMessage")
    wanted = Wanted(resources=(BUS,), namespace="Microsoft.ServiceBus/namespaces", names=names)
    told = Monitor(exchanges, utc_now).measure(Batch(wanted, names))
    assert exchanges.requests == 4
    first, imagined, last = (told[wanted.key(name)] for name in names)
    assert first.error is last.error is None
    assert "Azure Monitor knows no ImaginaryMessages" in imagined.error.message


def test_a_metric_without_a_line_is_known_and_has_no_points(ask):
    asked = ask([entry("CompleteMessage")])
    assert asked.answer.error is None
    told = {key.rpartition(" ")[2]: each.lines for key, each in asked.answer.data.measured.items()}
    assert told["completemessage"]
    assert told["outgoingmessages"] == []


def test_a_resource_that_does_not_exist_is_no_zero_either(ask):
    asked = ask(every(), queue(bus="sb-gone"))
    with pytest.raises(EvidenceMissing, match="sb-gone does not exist, so it has no IncomingMessages"):
        asked.view.completions(queue(bus="sb-gone"))


def test_of_several_places_the_first_that_exists_is_meant(ask):
    asked = ask(every(), queue(site=None))
    assert asked.answer.requests == 1
    asked = ask(every(resource=BUS.replace("rg-weu", "rg-neu")), queue(site=None), documents=())
    assert asked.view.completions(queue(site=None)).completed.empty


def test_a_full_id_stands_for_itself_whatever_its_case(ask):
    declared = queue(bus=f"{GROUP}/providers/microsoft.servicebus/Namespaces/SB-WEU")
    assert ask(every(), declared).view.completions(declared).completed.total() == 60


def test_without_a_token_the_source_has_failed(ask, monkeypatch):
    from azure.core.exceptions import ClientAuthenticationError

    class Nobody:
        def get_token(self, *scopes, **options):
            raise ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token")

    monkeypatch.setattr(asking, "credential_for", lambda environment, routes: Nobody())
    with pytest.raises(SourceFailed, match=r"no token for management\.azure\.com: DefaultAzureCredential"):
        ask(every())


def test_a_late_answer_is_a_timeout(ask):
    asked = ask(every(), documents=[ill(delay="30s")], seconds=0.8)
    with pytest.raises(EvidenceMissing) as caught:
        asked.view.completions(queue())
    assert caught.value.kind == "timeout"
