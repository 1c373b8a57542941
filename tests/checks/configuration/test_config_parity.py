from __future__ import annotations

import pytest

from fixtures.evidence import Looked
from tests.checks.configured import declaring, secret
from tests.checks.evidence import (
    config_map,
    container,
    cron_job,
    deployment,
    kubernetes,
    load,
    metadata,
    namespace,
    unmet,
    unproven,
)

check = load("configuration/test_config_parity.py").test_config_parity


class Drift:
    """Anything called STANDBY may differ."""

    def allowed(self, surface, key):
        return "STANDBY" in key and surface.startswith("configmap/orders/")


def neutral(site, value):
    return value.replace(site, "<site>").replace({"weu": "neu", "neu": "weu"}[site], "<other site>")


def judge(weu, neu, jobs=(), raised=None, **values):
    clusters = {
        site: kubernetes(namespace(), *objects, site=site, **values) for site, objects in (("weu", weu), ("neu", neu))
    }
    return {
        "namespace_by_site": {site: declaring(*jobs, site=site) for site in clusters},
        "kubernetes_by_site": clusters,
        "drift": Drift(),
        "neutral": neutral,
        "escalate": (raised if raised is not None else []).append,
    }


def says(what):
    return (
        f"The configuration of namespace orders differs between weu and neu: {what}; "
        "declared is that it differs by nothing but the site."
    )


def reading(name="api", **env):
    return deployment("api", container(env=env, envFrom=[{"configMapRef": {"name": name}}]))


def test_values_that_differ_by_the_site_alone_are_fine():
    looked = Looked()
    weu = [reading(BUS="sb-weu"), config_map("api", HOST="weu.example", **{"a.json": '{"x": {"y": "z-weu"}}'})]
    neu = [reading(BUS="sb-neu"), config_map("api", HOST="neu.example", **{"a.json": '{"x": {"y": "z-neu"}}'})]
    check(**judge(weu, neu, looked=looked))
    assert looked.count > 5


@pytest.mark.parametrize(
    ("weu", "neu", "what", "severity"),
    [
        ({"A": "1", "B": "2"}, {"A": "1"}, "ConfigMap api data.B is missing in neu", []),
        ({"A": "1"}, {"A": "1", "B": "2"}, "ConfigMap api data.B is missing in weu", []),
        ({"A": "1"}, {"A": "2"}, "ConfigMap api data.A is 1 in weu and 2 in neu", ["warning"]),
        ({"A": ""}, {"A": "x"}, "ConfigMap api data.A is empty in weu and x in neu", ["warning"]),
        (
            {"a.yaml": "b:\n  c: 1\n  d: 2\n"},
            {"a.yaml": "b:\n  c: 1\n"},
            "ConfigMap api data.a.yaml:b.d is missing in neu",
            [],
        ),
        (
            {"x.conf": "one\ntwo"},
            {"x.conf": "one\nthree"},
            "ConfigMap api data.x.conf is one | two in weu and one | three in neu",
            ["warning"],
        ),
    ],
)
def test_missing_keys_block_and_other_values_warn(weu, neu, what, severity):
    raised = []
    sides = [[reading(), config_map("api", **side)] for side in (weu, neu)]
    assert unmet(check, **judge(*sides, raised=raised)) == says(what)
    assert raised == severity


def test_variables_of_templates_are_compared():
    raised = []
    weu, neu = [reading(A="1", B="2"), config_map("api")], [reading(A="1"), config_map("api")]
    assert unmet(check, **judge(weu, neu, raised=raised)) == says("Deployment api api.env.B is missing in neu")
    assert raised == []


def test_a_config_map_that_nobody_reads_is_named_only():
    raised = []
    assert unmet(check, **judge([reading(), config_map("notes", A="1")], [reading()], raised=raised)) == says(
        "ConfigMap notes data.A is missing in neu"
    )
    assert raised == ["warning"]


def test_a_key_that_a_config_map_of_both_sites_lacks_blocks_whoever_reads_it():
    raised = []
    weu, neu = [reading(), config_map("notes", A="1", B="2")], [reading(), config_map("notes", A="1")]
    assert unmet(check, **judge(weu, neu, raised=raised)) == says("ConfigMap notes data.B is missing in neu")
    assert raised == []


def test_keys_of_secrets_are_compared_where_they_are_read():
    sides = [reading(), secret("db", user="x", password="y")], [reading(), secret("db", user="z")]
    assert unmet(check, **judge(*sides)) == says("Secret db data.password is missing in neu")


@pytest.mark.parametrize(
    ("weu", "neu"),
    [
        ([config_map("api-5b4k7h9mgt", A="1")], [config_map("api-8f6t2c4dkb", A="1")]),
        ([config_map("api", STANDBY="a")], [config_map("api")]),
        ([config_map("api", A="sb-weu")], [config_map("api", A="sb-weu")]),
        (
            [config_map("api", ID="0f4b6c1e-1111-4222-8333-444455556666")],
            [config_map("api", ID="a" * 8 + "-1111" * 3 + "-" + "b" * 12)],
        ),
        ([config_map("kube-root-ca.crt", ca="1")], []),
        (
            [{**config_map("lock", a="1"), "metadata": metadata("lock", ownerReferences=[{"kind": "X", "name": "x"}])}],
            [],
        ),
        ([deployment("debug", container(env={"A": "1"}))], []),
        ([deployment("worker", container(env={"A": "1"}))], []),
        ([config_map("api", **{"a.yaml": "a: 1\n# b: 2\n"})], [config_map("api", **{"a.yaml": "a: 1\n"})]),
    ],
    ids=[
        "hash",
        "allowed",
        "drift",
        "identifier",
        "of-the-cluster",
        "owned",
        "undeclared",
        "never-deployed",
        "comment",
    ],
)
def test_what_differs_for_a_reason_is_innocent(weu, neu):
    check(**judge([reading(), *weu], [reading(), *neu]))


def test_jobs_are_compared_by_their_templates():
    sides = [[cron_job()], [cron_job()]]
    sides[0][0]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["env"] = [
        {"name": "A", "value": "1"}
    ]
    assert "CronJob settlement settlement.env.A" in unmet(check, **judge(*sides, jobs=["settlement"]))


def test_what_was_not_seen_is_unproven():
    assert "configmaps" in unproven(check, **judge([reading()], [reading()], denied=["configmaps"]))
    arguments = judge([reading()], [reading()])
    arguments["kubernetes_by_site"]["neu"] = kubernetes(reading())
    assert "does not exist in neu" in unproven(check, **arguments)
