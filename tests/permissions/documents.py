"""What is written of the rights: docs/permissions.md and deploy/rbac, from the sources and from what was found out."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from fixtures.sources.kubernetes.kinds import KINDS
from tests.permissions.withdrawing import METRICS, QUERIES, Right

ROOT = Path(__file__).parents[2]
#: Each right, and the checks that cannot be proven without it.
Needs = Mapping[Right, Sequence[str]]

_ROLE = "gonogo-reader"
_DESCRIPTION = "Everything that the checks of gonogo read, and nothing that writes."
_BUILT_IN = {METRICS: "Monitoring Reader", QUERIES: "Log Analytics Reader"}
_MADE = "Made by `python -m tests.permissions` from the sources; do not edit."


def documents(needs: Needs) -> dict[Path, str]:
    """The text of every file, by its path."""
    azure = [right.name for right in needs if right.kind is None and not right.is_role]
    rbac = ROOT / "deploy" / "rbac"
    return {
        ROOT / "docs" / "permissions.md": _page(needs),
        rbac / "kubernetes.yaml": _cluster_role(),
        rbac / "kubernetes-secrets.yaml": _secrets_role(),
        rbac / "azure-role.json": _azure_json(azure),
        rbac / "azure-role.bicep": _azure_bicep(azure),
    }


_INTRODUCTION = f"""# Permissions

<!-- {_MADE} -->

The gate reads. These are the rights it needs, and for each the checks that are unproven without it: a missing right
never turns a check met, and `gate.permissions` names it. Who judges only some checks (`-m`, `-k`) needs only their
rights. The lists were found by withdrawing each right from the sandbox in turn, not by hand.

## In each cluster

`deploy/rbac/kubernetes.yaml` holds a ClusterRole with all of them and its binding. `get namespaces` is for the
kube-system namespace alone, whose uid tells which cluster answers. Kinds of groups that a cluster does not have are
not asked for. Where `policy.secrets: match` is declared, `deploy/rbac/kubernetes-secrets.yaml` is needed as well:
`list secrets`, by which Secrets are matched and never recorded."""

_IN_AZURE = f"""## In Azure

`deploy/rbac/azure-role.bicep` and `deploy/rbac/azure-role.json` hold a custom role with all of them, for the whole
subscription. The built-in roles Reader, {_BUILT_IN[METRICS]} and {_BUILT_IN[QUERIES]} together hold every action that
ends with `/read`; one that ends with `/action` is a POST that only reads, and is in none of them.
`{METRICS}` and `{QUERIES}` stand for the metrics and the logs of Azure Monitor.
Where no `cluster.uid` is declared, `Microsoft.ContainerService/managedClusters/read` also serves to prove which
cluster answers, and with it everything that is read of the cluster."""

_IN_DATA_PLANES = """## In the data planes

Built-in roles, each on the namespaces and accounts that are declared. Service Bus and Event Hubs know no role that may
peek and not receive, so a receiver's role is needed; the gate opens no receiver that takes or locks a message, and
reads blobs only where listeners keep their checkpoints and locks. With `--allow-writes`, and for the declared canary
alone, `Azure Service Bus Data Sender` on its queue, `Storage Blob Data Contributor` on its container and
`Azure Service Bus Data Receiver` on the queue of its events as well."""


def _page(needs: Needs) -> str:
    clusters = {right: checks for right, checks in needs.items() if right.kind is not None}
    azure = {right: checks for right, checks in needs.items() if right.kind is None and not right.is_role}
    roles = {right: checks for right, checks in needs.items() if right.is_role}
    kinds = _table("Right", clusters, lambda right: _how(right.name, optional=bool(right.kind and right.kind.optional)))
    actions, planes = _table("Action", azure, _named), _table("Role", roles, _named)
    parts = (_INTRODUCTION, kinds, _IN_AZURE, actions, _IN_DATA_PLANES, planes)
    return "\n\n".join(parts) + "\n"


def _named(right: Right) -> str:
    return _how(right.name)


def _how(name: str, *, optional: bool = False) -> str:
    return f"`{name}`{', where installed' if optional else ''}"


def _table(head: str, needs: Needs, told: Callable[[Right], str]) -> str:
    rows = [f"| {head} | unproven without it |", "|---|---|"]
    for right, checks in needs.items():
        rows.append(f"| {told(right)} | {', '.join(checks) or 'none of what the sandbox has'} |")
    return "\n".join(rows)


def _cluster_role() -> str:
    groups: dict[str, list[str]] = defaultdict(list)
    for kind in KINDS:
        if not kind.matched:
            groups[kind.group].append(kind.resource)
    rules = "\n".join(_rule(group, resources) for group, resources in groups.items())
    return f"""# {_MADE}
# Nothing in it writes, and it holds no Secrets (see kubernetes-secrets.yaml). Access reviews need no rule: every
# authenticated identity may ask what it may do.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {_ROLE}
rules:
{rules}
  - apiGroups: [""]
    resources: [namespaces]
    resourceNames: [kube-system]
    verbs: [get]
  - nonResourceURLs: [/version, /apis, /apis/*]
    verbs: [get]
{_binding(_ROLE)}"""


def _secrets_role() -> str:
    matched = "\n".join(_rule(kind.group, [kind.resource]) for kind in KINDS if kind.matched)
    return f"""# {_MADE}
# Only where `policy.secrets: match` is declared: which patterns match at which key is recorded, never a value.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {_ROLE}-secrets
rules:
{matched}
{_binding(f"{_ROLE}-secrets")}"""


def _rule(group: str, resources: Iterable[str]) -> str:
    named = ", ".join('"*"' if resource == "*" else resource for resource in resources)
    return f"""  - apiGroups: ["{group}"]
    resources: [{named}]
    verbs: [list]"""


def _binding(role: str) -> str:
    return f"""---
# The subject is the identity of the run: a ServiceAccount in the cluster, or the object id of an identity in Entra.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {role}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {role}
subjects:
  - kind: ServiceAccount
    name: gonogo
    namespace: gonogo
"""


def _azure_json(actions: Sequence[str]) -> str:
    role = {
        "Name": _ROLE,
        "IsCustom": True,
        "Description": f"{_DESCRIPTION} {_MADE}",
        "Actions": list(actions),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": ["/subscriptions/00000000-0000-0000-0000-000000000000"],
    }
    return json.dumps(role, indent=2) + "\n"


def _azure_bicep(actions: Sequence[str]) -> str:
    listed = "\n".join(f"          '{action}'" for action in actions)
    return f"""// {_MADE}
// az deployment sub create --location <region> --template-file azure-role.bicep --parameters principalId=<object id>
targetScope = 'subscription'

@description('The object id of the identity that runs the gate.')
param principalId string

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {{
  name: guid(subscription().id, '{_ROLE}')
  properties: {{
    roleName: '{_ROLE}'
    description: '{_DESCRIPTION}'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {{
        actions: [
{listed}
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }}
    ]
  }}
}}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{
  name: guid(subscription().id, principalId, role.id)
  properties: {{
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role.id
  }}
}}
"""
