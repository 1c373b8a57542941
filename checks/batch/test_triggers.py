"""Data Factory triggers: each started only where it is declared to run."""

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Start or stop the trigger (`az datafactory trigger start` or `stop`); a change that was never published "
    "does not run.",
)
def test_triggers(trigger, arm, site):
    """Every declared Data Factory trigger is started or stopped as its site's role demands.

    Both factories are deployed from one template, and with it their triggers are started: after the move both load the
    same hour, and the numbers of the night are twice what they were. Or none does, since the one was stopped for the
    move and starting the other stood in nobody's list.
    """
    found = arm.factory_trigger(trigger)
    assert found is not None, f"Trigger {trigger.trigger}: Data Factory {trigger.factory} does not exist in {site}."
    assert found.trigger, f"Trigger {trigger.trigger} does not exist in Data Factory {found.factory} in {site}."
    runs = trigger.runs_on(active=site.active, is_from=site.is_from, is_to=site.is_to)
    assert (found.state.lower() == "started") is runs, (
        f"Trigger {trigger.trigger} of Data Factory {found.factory} in {site} is {found.state}, declared is "
        f"{'Started' if runs else 'Stopped'} (runsOn: {trigger.runs}) while the site is "
        f"{'active' if site.active else 'passive'}."
    )
