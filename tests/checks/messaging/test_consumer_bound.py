"""consumer_bound by what the broker says; pods, configuration and scaler are as they should be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fixtures.evidence import EvidenceMissing
from fixtures.sources.blob.topics.checkpoints import Ownership, Progress
from tests.checks.evidence import NOW, kubernetes, load, role, unmet, unproven
from tests.checks.messaging.made_up import (
    ELSEWHERE,
    ENV,
    HOST,
    KEDA,
    consumer,
    drift,
    event_hub,
    placed,
    queue,
    scaled,
    worker,
    worker_pod,
)
from tests.checks.messaging.made_up import subscription as declared_subscription
from tests.checks.messaging.made_up_broker import audit, broker, client, counts, flow, missing, peeked, series

bound = load("messaging/test_consumer_bound.py").test_consumer_bound
PODS = (worker_pod("worker-1"), worker_pod("worker-2"))
QUIET = (0,) * 15
HIDDEN = [
    {"name": "BUS", "valueFrom": {"secretKeyRef": {"name": "orders-sb", "key": "conn"}}},
    {"name": "QUEUE_NAME", "value": "orders-in"},
]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def orders(held: str = "5m", **more: Any) -> Any:
    """The queue orders-in with how long a handler may hold a message."""
    made = queue().model_dump(by_alias=True, exclude_none=True)
    return consumer(KEDA, placed(type(queue()).model_validate({**made, "maxProcessing": held, **more})))


def billing() -> Any:
    """A subscription without maxProcessing: its lock duration of a minute counts."""
    return consumer(KEDA, declared_subscription())


def judge(*objects: Any, of: Any = None, env: Any = None, **told: Any) -> dict[str, Any]:
    pods = objects or (worker(env), *(worker_pod(name, env) for name in ("worker-1", "worker-2")), scaled())
    return {
        "consumer": of or orders(),
        "kubernetes": kubernetes(*pods),
        "site": role(active=True),
        "drift": drift(),
        **broker(**told),
    }


def subscribed(**told: Any) -> dict[str, Any]:
    env = {"BUS": HOST, "TOPIC": "order-events", "SUBSCRIPTION": "billing"}
    scaler = scaled(
        {
            "type": "azure-servicebus",
            "metadata": {"namespace": "sb-neu", "topicName": "order-events", "subscriptionName": "billing"},
        }
    )
    return judge(worker(env), worker_pod("worker-1", env), scaler, of=billing(), **told)


# --- completions


@pytest.mark.parametrize("completed", [(0,) * 9 + (4,) + (0,) * 5, 12, (None,) * 14 + (1,)])
def test_completed_messages_prove_it_however_many_wait(completed: Any) -> None:
    bound(**judge(held=counts(120, 540), flowing=flow(completed, 12, 12), seen=peeked(minutes(40))))


def test_messages_that_wait_while_none_is_completed_are_told_whatever_the_rest_says() -> None:
    said = unmet(
        bound,
        **judge(
            held=counts(120, 540),
            flowing=flow(0, 12, 0),
            heard=audit(client()),
            seen=peeked(minutes(40)),
            waiting=series(*(9,) * 15),
        ),
    )
    assert said == (
        "queue orders/orders-in in neu is not consumed by Deployment orders/worker as declared: messages wait, and "
        "none was completed for longer than the 5 min that a handler may hold one (completions: none in 6 min, while "
        "messages came in). The other rungs: audit logs: received by 10.60.4.21 (neu); counts: 120 messages, 540 5 s "
        "later; oldest message: enqueued 40 min ago; waiting: the queue was never empty in 6 min; pods: 2 of 2 ready; "
        "configuration: names sb-neu and orders-in; scaler: ScaledObject orders/worker is ready."
    )


@pytest.mark.parametrize(
    "told",
    [
        {"seen": peeked(minutes(12)), "flowing": flow(0)},
        {"waiting": series(*(3,) * 15), "flowing": flow(0, outgoing=4)},
        {"flowing": flow(0, (7,) + (0,) * 14, 0)},
        {"seen": peeked(minutes(12)), "flowing": missing("Azure Monitor is throttled")},
    ],
)
def test_each_of_the_ways_to_see_that_messages_wait_too_long(told: Any) -> None:
    assert "messages wait" in unmet(bound, **judge(held=counts(7), **told))


def test_messages_that_are_handed_out_again_and_again_and_never_completed_are_told() -> None:
    flowing, heard = flow(0, 12, 12), audit(client())
    for held in (counts(40), counts(120, 540)):
        said = unmet(bound, **judge(held=held, flowing=flowing, heard=heard, seen=peeked(timedelta(seconds=40))))
        assert "messages wait, and none was completed for longer than the 5 min that a handler may hold one (c" in said
    worked_off = flow((0,) * 5 + (12,) + (0,) * 9, (0,) * 5 + (12,) + (0,) * 9, 12)
    just_came = flow(0, (*QUIET[1:], 1))
    for innocent in ({"held": counts(40, 31), "flowing": flowing}, {"held": counts(0), "flowing": flowing}):
        bound(**judge(heard=heard, **innocent))
    for quiet in (worked_off, just_came):
        bound(**judge(heard=heard, held=counts(1), flowing=quiet))


def test_a_handler_may_hold_a_message_for_as_long_as_declared() -> None:
    slow = orders("30m")
    bound(**judge(of=slow, held=counts(1), flowing=flow(0, (1,) + (0,) * 34, 1), seen=peeked(minutes(24))))
    long_ago = (0,) * 10 + (1,) + (0,) * 24
    bound(**judge(of=slow, held=counts(3), flowing=flow(long_ago, 0, 0), seen=peeked(minutes(29))))
    assert "the 20 min that a handler may hold one" in unmet(
        bound, **judge(of=orders("20m"), held=counts(3), flowing=flow((0,) * 35), seen=peeked(minutes(29)))
    )


def test_a_message_that_came_just_now_to_a_quiet_queue_is_no_alarm() -> None:
    bound(**judge(held=counts(0, 1), flowing=flow(0, 0, 0), seen=peeked(timedelta(seconds=20))))
    bound(**judge(held=counts(1), flowing=flow(0, 0, 0), waiting=series(*QUIET)))


def test_a_point_that_is_absent_is_not_0() -> None:
    holes = (0, None) * 7 + (0,)
    said = unproven(bound, **judge(held=counts(7), flowing=flow(holes)))
    assert "completions: none in the 3 known minutes of 6 min" in said
    assert "that is not 0" in unproven(bound, **judge(held=counts(7)))


# --- counts


def test_an_empty_queue_is_met_without_anything_else() -> None:
    bound(**judge(held=counts(0), flowing=False, heard=False, seen=False))


def test_a_queue_that_keda_let_rest_is_met_and_one_that_grows_behind_it_is_not() -> None:
    rests = (worker(replicas=0), scaled(Active="False"))
    bound(**judge(*rests, held=counts(0)))
    assert "pods: scaled to zero" in unmet(bound, **judge(*rests, held=counts(40, 41), seen=peeked(minutes(55))))


def test_a_namespace_that_reports_no_counts_proves_nothing() -> None:
    said = unproven(bound, **judge(held=counts(None)))
    assert "the namespace reports no counts of orders-in of sb-neu, as one does that is throttled" in said
    assert said.startswith(
        "Whether queue orders/orders-in in neu is consumed by Deployment orders/worker is not known: audit logs, "
        "completions, counts, oldest message, waiting would have told."
    )
    bound(**judge(held=counts(None), flowing=flow(3)))


def test_what_expires_unread_is_not_taken() -> None:
    waiting = {"flowing": flow(0, 3), "seen": peeked(minutes(55))}
    said = unmet(bound, **judge(held=counts(40, 31, given_up=9), **waiting))
    assert "messages wait, and none was completed for longer than the 5 min" in said
    assert "counts: 40 messages, 31 5 s later, 9 more given up" in said
    bound(**judge(held=counts(40, 30, given_up=9), **waiting))
    said = unmet(bound, **judge(held=counts(40, 31, lives=minutes(56)), **waiting))
    assert "counts: 40 messages, 31 5 s later, which may have expired after 56 min" in said
    bound(**judge(held=counts(40, 31, lives=minutes(70)), **waiting))


@pytest.mark.parametrize(("status", "fine"), [("Active", True), ("SendDisabled", True), ("ReceiveDisabled", False)])
def test_nobody_receives_from_what_is_disabled(status: str, fine: bool) -> None:
    told = judge(held=counts(0, status=status))
    if fine:
        bound(**told)
    else:
        assert "counts: orders-in of sb-neu is ReceiveDisabled, so nobody receives from it" in unmet(bound, **told)


def test_what_does_not_exist_is_told() -> None:
    assert "counts: sb-neu has no such entity" in unmet(bound, **judge(held=lambda _: None))
    assert "oldest message: sb-neu has no such entity" in unmet(bound, **judge(seen=lambda _: None))


# --- subscriptions, of which the completions tell nothing


def test_the_completions_of_a_sibling_prove_nothing() -> None:
    said = unproven(bound, **subscribed(held=counts(120, 540), flowing=flow(30, topic="order-events")))
    assert "completions: 180 of topic order-events in 6 min, which knows no subscriptions" in said
    assert "counts: 120 messages, 540 5 s later" in said
    assert "nothing shows that any is taken" in unmet(
        bound, **subscribed(held=counts(120, 540), flowing=flow(30, topic="order-events"), seen=peeked(minutes(7)))
    )


def test_two_samples_of_its_own_that_fall_prove_it() -> None:
    bound(**subscribed(held=counts(540, 120), flowing=flow(30, topic="order-events"), seen=peeked(minutes(7))))


def test_a_topic_of_which_nothing_is_completed_is_enough_to_tell() -> None:
    said = unmet(bound, **subscribed(held=counts(9), flowing=flow(0, topic="order-events"), seen=peeked(minutes(2))))
    assert "none was completed for longer than the 60 s that a handler may hold one" in said


def test_a_backlog_that_is_declared_to_be_old_is_no_alarm() -> None:
    young = {"held": counts(9), "flowing": flow(30, topic="order-events"), "seen": peeked(timedelta(seconds=50))}
    bound(**subscribed(**young))
    told = {"held": counts(9), "flowing": missing(), "seen": peeked(minutes(9))}
    bound(**judge(of=orders("1m", backlog={"age": "10m"}), **told))
    assert "messages wait for longer than the 60 s" in unmet(bound, **judge(of=orders("1m"), **told))


def test_without_a_lock_duration_nobody_knows_what_is_too_long() -> None:
    said = unproven(bound, **subscribed(held=counts(9, lock=None), seen=peeked(minutes(9))))
    assert "oldest message: enqueued 9 min ago" in said


# --- audit logs


def test_clients_of_this_site_prove_it_even_for_a_subscription() -> None:
    bound(**subscribed(held=counts(9), heard=audit(client())))
    bound(**subscribed(held=counts(9), heard=audit(client("20.1.2.3", None))))


def test_clients_of_the_other_site_alone_are_told() -> None:
    said = unmet(bound, **judge(held=counts(9), flowing=flow(12), heard=audit(client("10.40.4.2", "weu"))))
    assert "audit logs: received by 10.40.4.2 (weu) alone. So somebody else takes the messages" in said
    bound(**judge(held=counts(9), heard=audit(client("10.40.4.2", "weu"), client())))


def test_what_clients_received_long_ago_proves_nothing() -> None:
    said = unproven(bound, **judge(held=counts(9), heard=audit(client(ago=25), refused=(client("10.60.4.9"),))))
    assert "audit logs: nobody received, refused to 10.60.4.9 (neu)" in said
    bound(**judge(of=orders("30m"), held=counts(9), heard=audit(client(ago=25))))


# --- event hubs


def hub(*owners: tuple[str, int], replicas: int = 1) -> dict[str, Any]:
    """A hub's reader, with the owners in its checkpoint store, each renewed minutes ago."""
    env = {"BUS": HOST, "HUB": "telemetry", "GROUP": "indexer"}
    kept = tuple(
        Ownership(partition=str(number), owner=owner, under="", modified=NOW - timedelta(minutes=ago))
        for number, (owner, ago) in enumerate(owners)
    )
    pods = (
        worker(env, replicas=replicas),
        *([worker_pod("worker-1", env)] if replicas else []),
        scaled(Active="False"),
    )
    told = Progress(place="stchk/checkpoints", hosts=(HOST,), ownerships=kept)
    return judge(*pods, of=consumer(KEDA, event_hub()), stored=told)


def test_the_partitions_of_a_hub_are_owned_by_readers_that_live() -> None:
    bound(**hub(("a", 0), ("b", 1)))
    bound(**hub())
    bound(**hub(("a", 9), replicas=0))
    said = unmet(bound, **hub(("a", 9), ("", 0)))
    assert "partitions: nobody who is alive owns any partition in stchk/checkpoints" in said


# --- contradictions


def test_messages_that_are_taken_although_the_pods_name_another_bus_are_told_with_it() -> None:
    wrong = {**ENV, "SERVICEBUS_FQNS": ELSEWHERE}
    said = unmet(bound, **judge(env=wrong, held=counts(9), flowing=flow(12)))
    assert (
        "configuration: SERVICEBUS_FQNS of pods worker-1, worker-2 names sb-weu.servicebus.windows.net, not sb-neu"
        in said
    )
    assert "So somebody else takes the messages, or did until just now." in said
    assert "completions: 72 in 6 min" in said


def test_the_stronger_rung_decides_over_the_scaler_and_over_what_is_hidden() -> None:
    paused = scaled(marks={"autoscaling.keda.sh/paused": "true"})
    bound(**judge(worker(), *PODS, paused, held=counts(9), flowing=flow(12)))
    assert "is paused" in unmet(bound, **judge(worker(), *PODS, paused, held=counts(0)))
    bound(**judge(env=HIDDEN, held=counts(9), flowing=flow(12)))
    assert "configuration would have told" in unproven(bound, **judge(env=HIDDEN, held=counts(0)))


def test_what_can_only_be_seen_from_another_vantage_is_said_to_be_so() -> None:
    with pytest.raises(EvidenceMissing) as told:
        bound(**judge(held=counts(9), seen=missing("neu is judged from neu", "elsewhere")))
    assert told.value.kind == "elsewhere"


def test_no_azure_is_declared_at_all() -> None:
    said = unproven(bound, **judge(held=False, flowing=False, heard=False, seen=False))
    assert "counts: not known (no subscription is declared to ask)" in said
