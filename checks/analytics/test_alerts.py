"""Alerts: will somebody be told when the site that takes over is in trouble?"""

import pytest


@pytest.mark.check(
    severity="warning",
    roles=("target", "active"),
    remedy="Enable the rule, and add the site's resource to its scopes, or create the site's own rule.",
)
def test_alerts(alert, arm, site):
    """Every declared alert rule exists, is enabled, and watches a resource of this site.

    The rules were switched off for the last rehearsal and never on again; or they still watch the bus of the region
    that was left. The first hours after the move are the ones in which nobody is called.
    """
    rule = arm.alert_rules(alert)
    assert rule is not None, f"{alert} is declared for {site} but there is no such alert rule."
    assert rule.enabled, f"{alert} in {site} is disabled: nobody is told."
    if any(watched.here for watched in rule.watched):
        return
    unknown = [watched for watched in rule.watched if watched.here is None]
    if unknown:
        raise LookupError(
            f"{alert} in {site} cannot be judged: where {unknown[0].name} is, nobody knows ({unknown[0].said})."
        )
    seen = ", ".join(f"{watched.name} {watched.said}".strip() for watched in rule.watched)
    assert not seen, f"{alert} in {site} watches nothing of this site, but {seen}."
    raise LookupError(f"{alert} in {site} cannot be judged: it names nothing that it watches.")
