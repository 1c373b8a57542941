from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import Looked
from fixtures.sources.logs.facts import Answered
from tests.checks.azure import arm, declared, environment, group, resource
from tests.checks.evidence import NOW, load, role, unmet, unproven
from tests.checks.logged import logs, refused, table

check = load("analytics/test_collection.py")

CLUSTER = "Microsoft.ContainerService/managedClusters"
INSIGHTS = "Microsoft.Insights"
AKS = f"{group()}/providers/{CLUSTER}/aks-neu"
ALL = ("Microsoft-ContainerLogV2", "Microsoft-KubePodInventory")
SITE = role(active=True)


@pytest.fixture
def found(tmp_path: Path) -> Any:
    return made(tmp_path, "ContainerLogV2", "KubePodInventory")


def made(tmp_path: Path, *tables: str, quiet: bool = False) -> Any:
    platform = {
        "owner": "team-platform",
        "workspaces": [{"name": "log-<site>", "tables": list(tables), "delay": "15m"}],
    }
    return environment(tmp_path, {"orders": {"quiet": quiet}}, platform=platform)


def workspace_id(name: str = "log-neu") -> str:
    return f"{group()}/providers/Microsoft.OperationalInsights/workspaces/{name}"


def workspace(ingestion: Any = "Enabled", **more: Any):
    own = {"publicNetworkAccessForIngestion": ingestion} if ingestion else {}
    return resource("Microsoft.OperationalInsights/workspaces", "log-neu", **own, **more)


def cluster(**properties: Any):
    config = {"logAnalyticsWorkspaceResourceID": workspace_id(), "useAADAuth": "true"}
    addons = properties or {"addonProfiles": {"omsagent": {"enabled": True, "config": config}}}
    return resource(CLUSTER, "aks-neu", location="northeurope", **addons)


def association(name: str = "ContainerInsightsExtension", **target: str):
    told = target or {"dataCollectionRuleId": f"{group()}/providers/{INSIGHTS}/dataCollectionRules/rule"}
    id_ = f"{AKS}/providers/{INSIGHTS}/dataCollectionRuleAssociations/{name}"
    return {"id": id_, "name": name, "type": f"{INSIGHTS}/dataCollectionRuleAssociations", "properties": told}


def rule(to: str = "log-neu", streams: Any = ALL, name: str = "rule", **more: Any):
    target = {"name": "w", "workspaceResourceId": workspace_id(to)}
    flows = [{"streams": list(streams), "destinations": ["w", "metrics"]}]
    told = {"destinations": {"logAnalytics": [target]}, "dataFlows": flows, **more}
    return resource(f"{INSIGHTS}/dataCollectionRules", name, **told)


def bound(region: str | None = "North Europe", name: str = "dce"):
    end = resource(f"{INSIGHTS}/dataCollectionEndpoints", name, **({"location": region} if region else {}))
    return association("configurationAccessEndpoint", dataCollectionEndpointId=end["id"]), end


def judge(found, *bodies: Any, **more: Any) -> dict[str, Any]:
    about = declared(found, "workspace")
    return {"workspace": about, "arm": arm("data_collection", about, found, *bodies, **more), "site": SITE}


HEALTHY = (workspace(), cluster(), association(), rule())


def says(*faults: str) -> str:
    return f"platform/log-neu in neu is not where aks-neu sends its logs: {'; '.join(faults)}."


def test_everything_declared_is_sent_to_the_declared_workspace(found):
    looked = Looked()
    check.test_destination(**judge(found, *HEALTHY, *bound(), looked=looked))
    assert looked.count == 1
    check.test_destination(**judge(found, *HEALTHY))
    whole = rule(streams=["Microsoft-ContainerInsights-Group-Default"])
    check.test_destination(**judge(found, workspace(), cluster(), association(), whole))
    insights = cluster(azureMonitorProfile={"containerInsights": {"enabled": True}})
    check.test_destination(**judge(found, workspace(), insights, association(), rule("LOG-NEU")))


def test_an_agent_with_a_key_sends_where_its_addon_says(found):
    config = {"logAnalyticsWorkspaceResourceID": workspace_id().lower()}
    check.test_destination(
        **judge(found, workspace(), cluster(addonProfiles={"omsAgent": {"enabled": True, "config": config}}))
    )


def test_a_rule_of_the_other_workspace(found):
    said = unmet(check.test_destination, **judge(found, workspace(), cluster(), association(), rule("log-weu")))
    told = "log-weu by rule rule"
    assert said == says(f"ContainerLogV2 is sent to {told}", f"KubePodInventory is sent to {told}")


def test_a_copy_for_somebody_else_is_fine(found):
    other = association("soc", dataCollectionRuleId=f"{group()}/providers/{INSIGHTS}/dataCollectionRules/soc")
    check.test_destination(**judge(found, *HEALTHY, other, rule("log-soc", name="soc")))


def test_a_table_that_nothing_collects(found):
    bodies = (workspace(), cluster(), association(), rule(streams=["microsoft-containerlogv2"]))
    assert unmet(check.test_destination, **judge(found, *bodies)) == says("nothing collects KubePodInventory")


def test_a_rule_that_is_gone_and_no_agent(found):
    off = cluster(addonProfiles={"omsagent": {"enabled": False}})
    assert unmet(check.test_destination, **judge(found, workspace(), off, association())) == says(
        "no monitoring agent is enabled on aks-neu",
        "nothing collects ContainerLogV2",
        "nothing collects KubePodInventory",
        "the rule rule of aks-neu does not exist any more",
    )


def test_endpoints(found):
    closed = (workspace("Disabled"), *HEALTHY[1:])
    check.test_destination(**judge(found, *closed, *bound()))
    assert unmet(check.test_destination, **judge(found, *closed)) == says(
        "the workspace takes data through private links only, and the cluster has no data collection endpoint"
    )
    assert unmet(check.test_destination, **judge(found, *HEALTHY, *bound("West Europe"))) == says(
        "its data collection endpoint dce is in westeurope, the cluster in northeurope"
    )
    assert unmet(check.test_destination, **judge(found, *HEALTHY, bound()[0])) == says(
        "its data collection endpoint dce does not exist any more"
    )


def test_the_endpoint_through_which_a_rule_sends(found):
    _, end = bound("West Europe", "dce-weu")
    bodies = (cluster(), association(), rule(dataCollectionEndpointId=end["id"]), end, *bound())
    assert unmet(check.test_destination, **judge(found, workspace(), *bodies)) == says(
        "the data collection endpoint dce-weu of rule rule is in westeurope, the cluster in northeurope"
    )
    check.test_destination(**judge(found, workspace(location="West Europe"), *bodies))


def test_tables_that_no_agent_fills_are_not_asked_of_rules(tmp_path):
    found = made(tmp_path, "AKSControlPlane")
    check.test_destination(**judge(found, workspace(), cluster(), association(), rule("log-weu")))


def test_a_destination_that_nobody_knows(found):
    assert "does not say from where it takes data" in unproven(
        check.test_destination, **judge(found, workspace(None), *HEALTHY[1:])
    )
    denied = unproven(check.test_destination, **judge(found, *HEALTHY, failing={"dataCollectionRules/": "Reader"}))
    assert denied == "ARM refuses dataCollectionRules/ (missing: Reader)"
    odd = {**rule(), "properties": {"dataFlows": 3}}
    assert "dataFlows" in unproven(check.test_destination, **judge(found, workspace(), cluster(), association(), odd))
    assert unmet(check.test_destination, **judge(found)) == (
        "the cluster of neu does not exist, so it sends nothing to platform/log-neu."
    )


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def rows(*found: Any) -> Answered:
    return table("Table ClusterId Last Rows", *found)


def ingested(found, answer: Any, **more: Any) -> dict[str, Any]:
    about = declared(found, "workspace")
    view = logs("ingestion", about, found, {"ingestion": answer}, **more)
    return {"workspace": about, "logs": view, "site": SITE, "now": NOW}


def test_rows_of_this_cluster_within_the_delay(found):
    looked = Looked()
    fresh = rows(("ContainerLogV2", AKS.lower(), ago(1), 5), ("kubepodinventory", AKS.upper(), ago(15), 5))
    check.test_ingestion(**ingested(found, fresh, looked=looked))
    assert looked.count == 2


def test_rows_that_are_late_absent_or_anothers(found):
    late = rows(("ContainerLogV2", AKS, ago(16), 5), ("KubePodInventory", AKS.replace("aks-neu", "aks-weu"), ago(1), 5))
    assert unmet(check.test_ingestion, **ingested(found, late)) == (
        "platform/log-neu in neu does not receive what is declared within 15m: the newest row of ContainerLogV2 is 16m "
        "old; KubePodInventory has no row of this cluster within the last 60m (what it holds is from aks-weu)."
    )
    assert "ContainerLogV2 has no row of this cluster within the last 60m; KubePodInventory has no row" in unmet(
        check.test_ingestion, **ingested(found, rows())
    )


def test_a_count_of_no_rows_is_no_row(found):
    none = rows(("ContainerLogV2", AKS, ago(1), 0), ("KubePodInventory", AKS, None, 0))
    assert unmet(check.test_ingestion, **ingested(found, none)).count("has no row of this cluster") == 2
    empty = spaces((AKS, "orders", ago(1), 0), (AKS, "orders", None, 0))
    assert unmet(check.test_namespace_logs, **lines(found, empty)).endswith("within the last 60m.")


def test_what_azure_fills_past_the_network_proves_no_agent(tmp_path):
    found = made(tmp_path, "AKSControlPlane", "AzureDiagnostics")
    fresh = rows(("AKSControlPlane", AKS, ago(1), 5), ("AzureDiagnostics", AKS, ago(1), 5))
    assert "AKSControlPlane, AzureDiagnostics are filled past the cluster's network" in unproven(
        check.test_ingestion, **ingested(found, fresh)
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (refused(), "missing: Log Analytics Reader"),
        (rows(("ContainerLogV2", AKS, None, 5)), "5 rows, and the newest of them is of null"),
        (table("Table ClusterId Rows", ("ContainerLogV2", AKS, 5)), "missing required field `Last`"),
    ],
)
def test_rows_that_nobody_knows_are_unproven(found, answer, says):
    assert says in unproven(check.test_ingestion, **ingested(found, answer))


def lines(found, answer: Any, **more: Any) -> dict[str, Any]:
    about = declared(found, "namespace").model_copy(update={"workspace": "log-neu"})
    view = logs("namespace_logs", about, found, {"namespace-logs": answer}, **more)
    return {"namespace": about, "logs": view, "site": SITE, "now": NOW}


def spaces(*found: Any) -> Answered:
    return table("ClusterId Namespace Last Rows", *found)


def test_a_line_of_the_namespace(found):
    looked = Looked()
    check.test_namespace_logs(**lines(found, spaces((AKS.lower(), "orders", ago(50), 1)), looked=looked))
    assert looked.count == 1


def test_no_line_of_the_namespace(found):
    other = AKS.replace("aks-neu", "aks-weu")
    held = spaces((AKS, "billing", ago(1), 5), (other, "orders", ago(1), 5))
    assert unmet(check.test_namespace_logs, **lines(found, held)) == (
        "namespace orders in neu has no log line in log-neu within the last 60m; those that it holds are from aks-weu."
    )
    assert unmet(check.test_namespace_logs, **lines(found, spaces())).endswith("within the last 60m.")


def test_a_line_of_yesterday(found):
    old = spaces((AKS, "orders", ago(26 * 60), 5))
    assert unmet(check.test_namespace_logs, **lines(found, old)) == (
        "namespace orders in neu has no log line in log-neu within the last 60m; the newest is 26h old."
    )


def test_a_quiet_namespace_is_not_missed(tmp_path):
    looked = Looked()
    check.test_namespace_logs(**lines(made(tmp_path, quiet=True), spaces(), looked=looked))
    assert looked.count == 1


def test_lines_that_nobody_knows_are_unproven(tmp_path):
    for quiet in (False, True):
        found = made(tmp_path, quiet=quiet)
        assert "refuses queries" in unproven(check.test_namespace_logs, **lines(found, refused()))
