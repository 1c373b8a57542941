from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.evidence import Looked
from tests.checks.compute.pools import agents, managed
from tests.checks.dns.answers import name
from tests.checks.evidence import cluster_of, container, deployment, kubernetes, load, metadata, role, unmet, unproven
from tests.checks.resources import arm

check = load("dns/test_local_cache.py").test_local_cache
MAIN = ".:53 {\n  errors\n  forward . /etc/resolv.conf\n  cache 30 # s\n}\nimport custom/*.server\n"


def config(named: str = "coredns", **data: str) -> dict[str, Any]:
    said = {key.replace("_", "."): text for key, text in data.items()} or {"Corefile": MAIN}
    return {"kind": "ConfigMap", "metadata": metadata(named, "kube-system"), "data": said}


def judge(*objects: Any, names: Any = None, main: bool = True, azure: Any = None, **options: Any) -> dict[str, Any]:
    about = names if names is not None else (name(), name("sb.example", private=True, site="neu"))
    return {
        "cluster": cluster_of(),
        "kubernetes": kubernetes(*([config()] if main else []), *objects, **options),
        "arm_of_sites": {"neu": azure} if azure is not None else {},
        "site": role("neu"),
        "declared": lambda kind: about if kind == "name" else (),
    }


def test_the_usual_cache_only_shortens():
    looked = Looked()
    check(**judge(looked=looked))
    assert looked.count == 1


def test_stale_answers_are_told_exactly():
    stale = config("coredns-custom", x_override="cache 60 {\n serve_stale\n}")
    assert unmet(check, **judge(stale)) == (
        "cluster aks-neu in neu holds on to names that are switched: configmap/kube-system/coredns-custom x.override "
        "serves stale answers for 3600 s (serve_stale), declared for api.contoso.example is 60s."
    )


@pytest.mark.parametrize(
    ("directives", "kept"),
    [
        ("cache { serve_stale 90s }", "stale answers for 90 s"),
        ("cache 30 . {\n  serve_stale 1h30m immediate\n}", "stale answers for 5400 s"),
        ("cache 30 contoso.example {\n  success 5000 3600 600\n}", "at least 600 s"),
        (
            "hosts {\n  20.50.1.4 other.example API.contoso.example.\n  fallthrough\n}",
            "pins api.contoso.example to 20.50.1.4",
        ),
        ("hosts /etc/hosts {\n  2001:db8::1 api.contoso.example\n}", "to 2001:db8::1"),
    ],
)
def test_what_keeps_a_name(directives, kept):
    assert kept in unmet(check, **judge(config("coredns-custom", x_override=directives)))


@pytest.mark.parametrize(
    "directives",
    [
        "cache { serve_stale 60s }",
        "cache 30 {\n  serve_stale 6h verify\n}",
        "cache 30 partner.example {\n  serve_stale 6h\n}",
        "cache 30 {\n  success 5000 3600 60\n  denial 100 9999 9999\n}",
        "# cache { serve_stale 6h }",
        "hosts {\n  10.60.0.9 printer.contoso.example\n}",
        "}}}} {\n{",
        "",
    ],
)
def test_what_keeps_no_name_that_moves(directives):
    check(**judge(config("coredns-custom", x_override=directives)))


def test_only_server_blocks_for_the_name_count():
    long = "{\n cache { serve_stale 6h }\n}"
    check(**judge(config("coredns-custom", x_server=f"partner.example:53 {long}")))
    for block in ("contoso.example:53", "dns://.:53", "partner.example, contoso.example."):
        assert "21600 s" in unmet(check, **judge(config("coredns-custom", x_server=f"{block} {long}")))


def test_a_configuration_that_nothing_mounts_is_left_alone():
    local = config("node-local-dns", Corefile=".:53 {\n cache { serve_stale 6h }\n}")
    check(**judge(local))
    volumes = [{"name": "config", "configMap": {"name": "node-local-dns"}}]
    template = {"spec": {"containers": [container("node-cache")], "volumes": volumes}}
    agent = deployment("node-local-dns", spec={"template": template})
    agent["metadata"]["namespace"] = "kube-system"
    assert "configmap/kube-system/node-local-dns Corefile" in unmet(check, **judge(local, agent))


def test_names_that_stay_or_have_a_long_ttl_are_left_alone():
    stale = config("coredns-custom", x_override="cache { serve_stale 10m }")
    check(**judge(stale, names=(name(before=["same.example"], after=["Same.example."]),)))
    check(**judge(stale, names=(name(ttl="15m"),)))
    assert "600 s" in unmet(check, **judge(stale, names=(name(ttl="5m"),)))


def test_a_duration_that_nobody_can_read_is_unproven():
    assert "'soon', which is no duration" in unproven(
        check, **judge(config("coredns-custom", x_override="cache { serve_stale soon }"))
    )


def test_nodes_with_a_cache_of_their_own_are_unproven():
    node = {"kind": "Node", "metadata": metadata("n1", None, labels={"kubernetes.azure.com/localdns-state": "enabled"})}
    assert "localDNSProfile" in unproven(check, **judge(node))


def cached_in(pool="apps", *, state="Enabled", **zones):
    told = {zone: {"serveStale": mode, "serveStaleDurationInSeconds": 3600} for zone, mode in zones.items()}
    profile = {"mode": "Required", "state": state, "kubeDNSOverrides": {".": {"serveStale": "Verify"}} | told}
    return agents(pool, localDNSProfile=profile)


def labelled(pool="apps"):
    labels = {"kubernetes.azure.com/localdns-state": "enabled", "agentpool": pool}
    return {"kind": "Node", "metadata": metadata(f"{pool}-1", None, labels=labels)}


def test_the_profile_of_a_pool_tells_of_its_nodes():
    check(**judge(labelled(), azure=arm(managed(), cached_in())))
    stale = arm(managed(), cached_in("Apps", **{"contoso.example": "Immediate"}))
    assert unmet(check, **judge(labelled(), azure=stale)) == (
        "cluster aks-neu in neu holds on to names that are switched: pool Apps serves stale answers for 3600 s "
        "(localDNSProfile, kubeDNSOverrides contoso.example), declared for api.contoso.example is 60s."
    )
    check(**judge(labelled(), azure=arm(managed(), cached_in(**{"partner.example": "Immediate"}))))


@pytest.mark.parametrize(
    "azure",
    [
        arm(),
        arm(managed(), agents()),
        arm(managed(), agents(localDNSProfile={"mode": "Required"})),
        arm(managed(), cached_in("other")),
        arm(managed(), cached_in(), denied=["agentPools"]),
        arm(managed(), agents(localDNSProfile={"state": "Enabled", "kubeDNSOverrides": {".": {}}})),
    ],
)
def test_what_no_profile_tells_of_stays_unproven(azure):
    unproven(check, **judge(labelled(), azure=azure))


def test_no_configuration_at_all_is_unproven():
    assert "no configuration of CoreDNS" in unproven(check, **judge(main=False))
    assert "configmaps" in unproven(check, **judge(denied=["configmaps"]))


WORDS = st.sampled_from(
    [
        "cache",
        "serve_stale",
        "success",
        "hosts",
        "{",
        "}",
        "\n",
        "30",
        "6h",
        "verify",
        ".:53",
        "api.contoso.example",
        "#",
    ]
)


@given(st.lists(WORDS | st.text(max_size=8), max_size=30).map(" ".join), st.sampled_from(["Corefile", "x_override"]))
@settings(deadline=None, max_examples=150)
def test_any_text_is_judged_or_told_to_be_unreadable(text, key):
    with contextlib.suppress(AssertionError, LookupError):
        check(**judge(config("coredns-custom", **{key: text})))
