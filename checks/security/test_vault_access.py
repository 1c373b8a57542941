"""Vaults: does the site reach its vault, may its identities read it, and is in it what they will look for?"""

import ipaddress

import pytest


@pytest.mark.check(
    severity="blocker",
    remedy="Approve a private endpoint in this site's network (or let its subnet in), give the identity a role or an "
    "access policy on this vault, and copy, enable or renew the secret: vaults of two regions do not replicate.",
)
def test_vault_access(vault, arm, site, cutover, declared, now, shortened):
    """The site's vault lets the site in, its identities may read it, and declared secrets are there and stay valid.

    The new region's vault was filled from a list that is three secrets behind, or one of them expires at midnight of
    the cutover. Pods that run hold what they mounted long ago; the ones that start after the move do not get it.
    """
    found = arm.vault(vault)
    assert found is not None, f"Vault {vault.id} of {vault.service} in {site} does not exist."
    problems, unknown = way_in(
        found, site, [str(each) for one in declared("egress") for each in one.addresses], shortened
    )
    if found.provisioning.lower() != "succeeded":
        problems.append(f"is in the state {found.provisioning}")
    problems += barred(found, shortened)
    problems += lacking(found, vault.secrets, now, max(now, cutover.window.closes), shortened)
    assert not problems, (
        f"Vault {found.name} of {vault.service} in {site} {'; '.join(problems)}; declared is that it serves {site} "
        f"with {shortened(vault.secrets) or 'no secret of a name'} until the window closes."
    )
    if unknown:
        raise LookupError(f"Whether vault {found.name} lets {site} in cannot be said: {shortened(unknown)}.")


def way_in(vault, site, leaves_through, shortened):
    """In words, why the site gets in by no way; and, where that cannot be said, why not."""
    rules = vault.open or bool(set(vault.let_in) & set(vault.subnets)) or covered(vault.addresses, leaves_through)
    approved = [each for each in vault.ends if each.status.lower() == "approved"]
    if (vault.public and rules) or any(inside(each.addresses, site.networks) for each in approved):
        return [], []
    unknown = [f"{each.name}: {each.unknown}" for each in approved if each.unknown]
    if unknown:
        return [], unknown
    public = "its rules let its nodes in" if vault.public else "public access is enabled"
    ends = [f"{each.name} {' '.join(each.addresses) or 'is ' + each.status}" for each in vault.ends]
    told = (
        f"does not let {site} in: neither {public} nor does an approved private endpoint stand in "
        f"{shortened([str(each) for each in site.networks])} (of {shortened(ends) or 'none'})"
    )
    return [told], []


def covered(blocks, addresses):
    """Whether all addresses through which the site leaves are let in."""
    return bool(addresses) and all(inside([each], blocks) for each in addresses)


def inside(addresses, networks):
    """Whether one of the addresses lies in one of the networks."""
    known = [ipaddress.ip_network(str(each), strict=False) for each in networks]
    return any(ipaddress.ip_address(each) in network for each in addresses for network in known)


def barred(vault, shortened):
    """In words, who may not read; of identities that declare no role on the vault one that may is enough."""
    may_not = [each.name for each in vault.readers if not each.may]
    if may_not and (any(each.declared for each in vault.readers) or len(may_not) == len(vault.readers)):
        by = "no role allows it" if vault.by_roles else "no access policy does, and roles do not count there"
        yield f"is not to be read by {shortened(may_not)} ({by})"


def lacking(vault, names, now, until, shortened):
    """In words, the declared secrets that cannot be used, now or until the window closes."""
    held = {each.name.lower(): each for each in vault.secrets}
    missing = [name for name in names if name.lower() not in held]
    if missing:
        yield f"has no secret {shortened(missing)}"
    for each in vault.secrets:
        if not each.enabled:
            yield f"has secret {each.name}, which is disabled"
        if each.valid_from is not None and each.valid_from > now:
            yield f"has secret {each.name}, which is not valid before {moment(each.valid_from)}"
        if each.expires is not None and each.expires <= until:
            when = "expired on" if each.expires <= now else "expires on"
            yield f"has secret {each.name}, which {when} {moment(each.expires)}"


def moment(at):
    """An instant for the reader."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
