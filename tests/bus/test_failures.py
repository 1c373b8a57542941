"""What the clients' exceptions come to, without a namespace."""

from __future__ import annotations

import struct

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.eventhub.exceptions import ConnectError, EventHubError
from azure.identity import CredentialUnavailableError
from azure.servicebus._pyamqp.error import AMQPConnectionError, AMQPLinkError, ErrorCondition, TokenAuthFailure
from azure.servicebus.exceptions import OperationTimeoutError, ServiceBusConnectionError, ServiceBusError

from fixtures.evidence import SourceError
from fixtures.sources.bus.failures import Missing, error_of

UNAUTHORIZED = b"amqp:unauthorized-access"
TRACKED = (
    "Unauthorized access. 'Send' claim(s) are required to perform this operation. Resource: 'sb://sb/q'. "
    "TrackingId:7af918f6_G3, SystemTracker:gateway7, Timestamp:2026-12-05T21:00:00"
)
UNOPENED = "Failed to open mgmt link, management link status: ManagementOpenResult.ERROR"


def told(problem: BaseException) -> SourceError:
    return error_of(problem, "Service Bus", "sb.example:5671/q", "the namespace sb", "Listen")


def wrapped(problem: BaseException) -> ServiceBusError:
    return ServiceBusConnectionError(message=None, error=problem)


CASES = {
    "link": (wrapped(AMQPLinkError(UNAUTHORIZED, description=TRACKED)), "denied"),
    "token": (wrapped(TokenAuthFailure(401, b"InvalidSignature: The token has an invalid signature.")), "denied"),
    "busy": (wrapped(AMQPLinkError(b"com.microsoft:server-busy", description=b"throttled")), "throttled"),
    "quota": (wrapped(AMQPConnectionError(b"amqp:resource-limit-exceeded", description=b"full")), "throttled"),
    "socket": (wrapped(AMQPConnectionError(ErrorCondition.SocketError, description="broken pipe")), "unreachable"),
    "refused": (ConnectionRefusedError(111, "Connection refused"), "unreachable"),
    "slow": (OperationTimeoutError(), "timeout"),
    "slow-socket": (TimeoutError("timed out"), "timeout"),
    "bytes": (wrapped(struct.error("unpack requires a buffer of 4 bytes")), "malformed"),
    "fields": (EventHubError("list index out of range", IndexError("list index out of range")), "unexpected"),
    "hub": (ConnectError("Management request error. Status code: 503, Description: 'busy'"), "throttled"),
    "hub-socket": (ConnectError("Failed to initiate the connection"), "unreachable"),
    "nobody": (ServiceBusError("Handler failed", error=CredentialUnavailableError("no credential")), "denied"),
    "closed": (wrapped(ValueError("Management Operation error occurred.")), "unreachable"),
    "closed-early": (wrapped(AMQPLinkError(ErrorCondition.ClientError, description=UNOPENED)), "unreachable"),
    "other": (ServiceBusError("odd", condition=b"amqp:internal-error"), "unexpected"),
}


@pytest.mark.parametrize(("problem", "kind"), CASES.values(), ids=CASES)
def test_every_failure_has_its_kind(problem: BaseException, kind: str) -> None:
    assert told(problem).kind == kind


def test_the_role_is_the_one_that_the_service_names() -> None:
    error = told(CASES["link"][0])
    assert error.missing_permission == "Azure Service Bus Data Sender on the namespace sb"
    assert told(CASES["token"][0]).missing_permission == "Azure Service Bus Data Receiver on the namespace sb"


@pytest.mark.parametrize("when", ["closed", "closed-early"])
def test_a_link_closed_without_a_reason_is_told_alike_whenever_it_is_closed(when: str) -> None:
    error = told(CASES[when][0])
    assert error.message == "sb.example:5671/q: the link was closed without a reason that the client tells"


def test_without_a_credential_no_role_is_missing() -> None:
    error = told(ServiceBusError("Handler failed", error=ClientAuthenticationError("DefaultAzureCredential failed")))
    assert (error.kind, error.missing_permission) == ("denied", None)


def test_what_changes_each_time_is_left_out() -> None:
    assert told(CASES["link"][0]).message == f"sb.example:5671/q: {TRACKED.partition(' TrackingId')[0]}"


def test_words_are_short() -> None:
    assert len(told(ServiceBusError("x" * 10_000)).message) < 400


@pytest.mark.parametrize(
    "problem",
    [
        wrapped(TokenAuthFailure(404, b"The messaging entity 'sb://sb/q' could not be found.")),
        wrapped(AMQPLinkError(b"amqp:not-found", description=b"not found")),
    ],
)
def test_an_entity_that_is_not_there_is_no_failure(problem: BaseException) -> None:
    with pytest.raises(Missing):
        told(problem)
