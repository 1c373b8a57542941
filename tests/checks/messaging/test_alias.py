from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures.environment import Environment
from fixtures.rungs import climb
from fixtures.sources.dns.facts import Answer
from tests.checks.dns import answers
from tests.checks.evidence import load, unmet, unproven
from tests.checks.managed import Document, arm, declaring, id_of, one, resource, sites
from tests.checks.messaging.buses import BUS, HUBS, namespace

check = load("messaging/test_alias.py").test_alias
HOST = "sb.servicebus.windows.net"
MATE = {"weu": "neu", "neu": "weu"}
ADDRESSES = {"weu": "10.40.20.11", "neu": "10.60.20.11"}
LEFT: dict[str, Any] = {"role": "PrimaryNotReplicating", "partnerNamespace": "", "pending": None}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return declaring(tmp_path, busAliases=[{"name": "sb", "members": {"weu": "sb-weu", "neu": "sb-neu"}}])


def pairing(site: str, role: str, kind: str = BUS, **said: Any) -> Document:
    about = {
        "provisioningState": "Succeeded",
        "role": role,
        "partnerNamespace": id_of(MATE[site], kind, f"sb-{MATE[site]}"),
        "pendingReplicationOperationsCount": 0,
        **said,
    }
    if "pending" in about:
        about["pendingReplicationOperationsCount"] = about.pop("pending")
    return resource(site, f"{kind}/disasterRecoveryConfigs", f"sb-{site}", "sb", **about)


def paired(primary: str = "weu") -> list[Document]:
    return [*both(), pairing(primary, "Primary"), pairing(MATE[primary], "Secondary")]


def both() -> list[Document]:
    return [namespace("weu"), namespace("neu")]


def leads(site: str, **more: Any) -> Answer:
    return answers.answer(f"sb-{site}.servicebus.windows.net", ADDRESSES[site], host=HOST, **more)


def judge(
    environment: Environment,
    documents: Sequence[Document],
    *said: Answer,
    phase: str = "pre-cutover",
    at: Sequence[str] = ("weu", "neu"),
    **more: Any,
) -> dict[str, Any]:
    roles = sites(environment, phase)
    active = next(site for site, role in roles.items() if role.active)
    return {
        "alias_name": one(environment, "alias_name"),
        "dns": answers.dns(*(said or (leads(active),))),
        "arm_of_sites": dict.fromkeys(at, arm(environment, *documents, **more)),
        "sites": roles,
        "climb": climb,
    }


@pytest.mark.parametrize("phase", ["pre-cutover", "mid-failback", "post-failback"])
def test_paired_and_led_to_the_site_that_is_left(environment, phase):
    check(**judge(environment, paired(), phase=phase))


@pytest.mark.parametrize("phase", ["mid-cutover", "post-cutover", "pre-failback"])
def test_paired_and_led_to_the_site_that_took_over(environment, phase):
    check(**judge(environment, paired("neu"), phase=phase))


@pytest.mark.parametrize("phase", ["mid-cutover", "post-cutover"])
def test_a_failover_breaks_the_pairing(environment, phase):
    check(**judge(environment, [*both(), pairing("neu", **LEFT)], phase=phase))


def test_before_a_move_it_must_be_paired(environment):
    said = unmet(check, **judge(environment, [*both(), pairing("neu", **LEFT)], phase="pre-failback"))
    assert said == (
        "Alias sb of sb-weu in weu and sb-neu in neu does not stand as it must in the view public: "
        "sb-weu in weu knows of no alias sb, so nothing can be failed over; "
        "sb-neu in neu is PrimaryNotReplicating, so nothing can be failed over."
    )


def test_not_failed_over(environment):
    said = unmet(check, **judge(environment, paired(), leads("weu"), phase="post-cutover"))
    assert "1.1.1.1 leads to sb-weu, declared is that neu is active" in said
    assert "sb-weu in weu is Primary, declared is that neu is active" in said
    assert "sb-neu in neu is Secondary, declared is that neu is active" in said


def test_the_active_namespace_lost_its_alias(environment):
    said = unmet(check, **judge(environment, [*both(), pairing("neu", "Secondary")]))
    assert "sb-weu in weu knows of no alias sb, declared is that weu is active" in said


def test_a_name_that_leads_nowhere(environment):
    nowhere = answers.answer(host=HOST, rcode="NXDOMAIN")
    said = unmet(check, **judge(environment, paired(), nowhere))
    assert f"1.1.1.1 does not know where {HOST} is (NXDOMAIN)" in said
    empty = answers.answer(host=HOST)
    assert "(no address)" in unmet(check, **judge(environment, paired(), empty))


def test_a_name_without_a_member_in_its_chain(environment):
    check(**judge(environment, paired(), answers.answer("10.40.20.11", host=HOST)))
    said = unmet(check, **judge(environment, paired(), answers.answer("10.60.20.11", host=HOST)))
    assert "1.1.1.1 leads to an address in neu, declared is that weu is active" in said
    assert "20.50.80.11" in unproven(check, **judge(environment, paired(), answers.answer("20.50.80.11", host=HOST)))


def test_what_is_wrong_with_the_pairing(environment):
    drill = pairing("weu", "Primary", partnerNamespace=id_of("neu", BUS, "sb-drill"), provisioningState="Accepted")
    said = unmet(check, **judge(environment, [*both(), drill, pairing("neu", "Secondary")]))
    assert "sb-weu in weu is paired with sb-drill, declared is sb-neu" in said
    assert "the pairing on sb-weu in weu is Accepted, which is not finished" in said
    late = [*both(), pairing("weu", "Primary", pending=14), pairing("neu", "Secondary", pending=None)]
    assert "14 operations on sb-weu in weu are not yet on the other" in unmet(check, **judge(environment, late))


def test_a_namespace_that_is_not_there(environment):
    left = [namespace("weu"), pairing("weu", "Primary")]
    assert "sb-neu in neu does not exist" in unmet(check, **judge(environment, left))


def test_case_does_not_matter(environment):
    loud = pairing("weu", "PRIMARY", partnerNamespace=id_of("neu", BUS, "SB-NEU").upper())
    check(**judge(environment, [*both(), loud, pairing("neu", "secondary")]))


def test_event_hubs_have_aliases_too(environment):
    hubs = [resource(site, HUBS, f"sb-{site}", status="Active") for site in ("weu", "neu")]
    check(**judge(environment, [*hubs, pairing("weu", "Primary", HUBS), pairing("neu", "Secondary", HUBS)]))


@pytest.mark.parametrize(
    "field", ["role", "provisioningState", "partnerNamespace", "pendingReplicationOperationsCount"]
)
@pytest.mark.parametrize("value", [None, ["7"]])
def test_what_is_not_said_is_unproven(environment, field, value):
    silent = pairing("weu", "Primary", **{} if field == "role" else {field: value})
    if field == "role":
        silent["properties"]["role"] = value
    assert unproven(check, **judge(environment, [*both(), silent, pairing("neu", "Secondary")]))


def test_a_role_that_nobody_knows_is_unproven(environment):
    odd = [*both(), pairing("weu", "Leader"), pairing("neu", "Secondary")]
    assert "Leader" in unproven(check, **judge(environment, odd))


def test_one_side_that_may_not_be_read_hides_nothing_of_the_other(environment):
    denied = [namespace("neu")["id"]]
    assert "Reader" in unproven(check, **judge(environment, paired(), denied=denied))
    late = [*both(), pairing("weu", "Primary", pending=14), pairing("neu", "Secondary")]
    assert "14 operations" in unmet(check, **judge(environment, late, denied=denied))
    check(**judge(environment, paired(), denied=denied, at=["weu"]))


def test_active_active_may_lead_to_either(tmp_path):
    members = {"weu": "sb-weu", "neu": "sb-neu"}
    environment = declaring(tmp_path, mode="active-active", busAliases=[{"name": "sb", "members": members}])
    for site in ("weu", "neu"):
        check(**judge(environment, paired(site), leads("neu")))
