"""Rules of subscriptions: which of a topic's messages they get."""

import re

import pytest

WORD = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|[A-Za-z_@$][\w.$]*|\d[\w.]*|<>|!=|<=|>=|\S")
ALIKE = {"<>": "!="}


@pytest.mark.check(
    severity="blocker",
    roles=("target", "active"),
    declares="rules",
    remedy="Create the declared rule, then delete the others, $Default first among them "
    "(`az servicebus topic subscription rule delete`); a subscription without rules gets nothing.",
)
def test_rules(subscription, arm, site):
    """Every subscription has exactly the declared rules, neither another one nor one that reads otherwise.

    A subscription is born with $Default, which lets everything through. Where the template adds a rule and leaves
    $Default, the consumer is drowned in what it never asked for; where it deletes $Default and fails before it adds
    the rule, the subscription is active, empty, and gets nothing. Blanks, the case of keywords and the scope `user.`
    make no difference.
    """
    seen = arm.rules(subscription)
    bus = f"{subscription.own_id} of {subscription.bus} in {site}"
    if seen is None:
        raise LookupError(f"Subscription {bus} does not exist, so it has no rules to compare.")
    wrong = list(differences(subscription.rules, seen.found))
    assert not wrong, f"Subscription {bus} has not exactly the declared rules: {'; '.join(wrong)}."


def differences(declared, found):
    """What is missing, what is too much, and what reads otherwise than declared."""
    wanted = {rule.name.lower(): rule for rule in declared}
    there = {rule.name.lower(): rule for rule in found}
    if not found:
        yield "it has no rule at all, so it gets nothing"
    elif missing := [rule.name for name, rule in wanted.items() if name not in there]:
        yield f"it lacks {', '.join(missing)}"
    for name, rule in there.items():
        if name not in wanted:
            yield f"it has {rule.name} ({told(rule)}), which is not declared"
        elif meant(rule) != meant(wanted[name]):
            yield f"{rule.name} is {told(rule)}, declared is {told(wanted[name])}"


def told(rule):
    """A filter in words."""
    if rule.sql is not None:
        return rule.sql
    values = [f"{key} = {value}" for key, value in sorted(rule.correlation.items())]
    return f"a correlation filter on {' and '.join(values) or 'nothing'}"


def meant(rule):
    """A filter without what makes no difference: a text in quotes counts as it stands, all else in any case."""
    if rule.sql is None:
        return {key.lower(): value for key, value in rule.correlation.items()}
    words = [word if word[0] in "'\"" else name(word.lower()) for word in WORD.findall(rule.sql)]
    while words[:1] == ["("] and words[-1:] == [")"] and balanced(words[1:-1]):
        words = words[1:-1]
    return words


def name(word):
    """The name of a property as it is meant: those without a scope are the sender's own."""
    return ALIKE.get(word, word.removeprefix("user."))


def balanced(words):
    """Whether every parenthesis that closes was opened before."""
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth < 0:
            return False
    return depth == 0
