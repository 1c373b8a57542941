"""Made-up resources of ARM: topics read them as they would read ARM's own answers. A test names what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import msgspec

from fixtures.azure.topical import Told
from fixtures.environment.sites import Cluster
from fixtures.evidence import Looked, SourceError
from fixtures.sources.arm.answers import Answers, known
from fixtures.sources.arm.facts import Answered, Request
from fixtures.sources.arm.topics import topics
from fixtures.sources.arm.views import ArmView

Document = Mapping[str, Any]
SUBSCRIPTION = "7c1e4b52-0d3f-4a86-b9e2-6f5a1d8c3e94"


def group(site: str = "neu") -> str:
    """The id of a site's resource group."""
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-{site}"


def resource(path: str, site: str = "neu", **about: Any) -> dict[str, Any]:
    """A resource: ``resource("Microsoft.Sql/servers/sql-neu")``; properties are keywords, but for ``location``."""
    provider, *rest = path.split("/")
    type_ = "/".join((provider, *rest[::2]))
    location = about.pop("location", "northeurope" if site == "neu" else "westeurope")
    id_ = f"{group(site)}/providers/{path}"
    return {"id": id_, "name": rest[-1], "type": type_, "location": location, "properties": about}


def listed(path: str, *items: Document) -> dict[str, Any]:
    """What a collection without resources answers."""
    return {"id": f"/subscriptions/{SUBSCRIPTION}/{path}", "value": list(items)}


class Documents(Answers):
    """Answers from documents, as ARM gives them: by id, and of a collection what stands right under it."""

    def __init__(self, environment: Any, documents: Sequence[Document], denied: Sequence[str]) -> None:
        super().__init__(environment)
        self._by_id = {document["id"].lower(): document for document in documents}
        self._denied = denied

    def answered(self, request: Request) -> Answered:
        """The answer to one request; what is denied lacks its right."""
        path = request.path.rstrip("/").lower()
        if any(each.lower() in path for each in self._denied):
            error = SourceError(kind="denied", message=f"ARM refuses {request.path}", missing_permission="Reader")
            return known(Answered(status=403, error=error))
        found = self._by_id.get(path)
        if not request.listed:
            return Answered(status=404) if found is None else _body(found)
        if found is not None:
            return _body(found["value"])
        return _body([each for id_, each in self._by_id.items() if id_.rpartition("/")[0] == path])


def environment_of(**declared: Any) -> Any:
    """An environment of two sites as far as topics look at it; keywords are declared things by their kind."""
    locations = {"weu": "westeurope", "neu": "northeurope"}
    networks = {"weu": ("10.40.0.0/16",), "neu": ("10.60.0.0/16",)}

    def site(name: str) -> Any:
        cluster = Cluster.model_validate({"name": f"aks-{name}", "context": f"aks-{name}"})
        return SimpleNamespace(name=name, location=locations[name], networks=networks[name], cluster=cluster)

    return SimpleNamespace(
        azure=SimpleNamespace(cloud="AzureCloud", subscription=SUBSCRIPTION, api_versions={}, endpoints={}),
        aks_sites=("weu", "neu"),
        resource_group=lambda name: f"rg-{name}",
        site=site,
        sites={name: site(name) for name in locations},
        declared=lambda kind: tuple(declared.get(kind, ())),
    )


def arm(
    *documents: Document,
    site: str = "neu",
    looked: Looked | None = None,
    denied: Sequence[str] = (),
    environment: Any = None,
) -> ArmView:
    """ARM with these documents; ``denied`` are parts of the paths that may not be read."""
    about = environment or environment_of()
    view = ArmView.__new__(ArmView)
    made = Documents(about, documents, denied)
    view.site, view._looked, view._topics = site, looked or Looked(), topics()
    view._told = Told(about, lambda topic, declared: topics()[topic].read(made, declared))
    return view


def _body(value: Any) -> Answered:
    return Answered(body=msgspec.Raw(msgspec.json.encode(value)))
