"""What acts on the events of hosted resources, and its test, without a DLL."""

from __future__ import annotations

from typing import assert_type

import resapi_cy as ra


def act(monitor: ra.ResourceMonitor, event: ra.Event) -> str:
    match event:
        case ra.ResourceGivenUp(resource, cause, code, failures, retry_ms):
            assert_type(resource, ra.HostedResource)
            assert_type(cause, ra.FailureCause)
            assert_type((code, failures), tuple[int, int])
            assert_type(retry_ms, int | None)
            return f"{resource.name} of {resource.type.name}: {cause}, {resource.state}"
        case ra.ResourceRestarting(resource=resource, number=number, delay_ms=delay):
            return f"{resource.name}: restart {number} in {delay} ms"
        case ra.FailoverRequested(resource=resource):
            resource.offline(timeout=5)
            return resource.name
        case ra.ResourceFailed(log_lines=lines):
            assert_type(lines, tuple[str, ...])
            return "; ".join(lines)
        case ra.StatusChanged(resource=changed):
            return changed.name
        case _:
            pass
    assert_type(monitor.hosted_resources, list[ra.HostedResource])
    assert_type(event.as_dict(), dict[str, object])
    return ""


def bring_online(process: ra.ResourceType, monitor: ra.ResourceMonitor) -> None:
    properties = {"Port": 8000, "CommandLine": "python3 -m http.server"}
    process.open("web", PendingTimeout=1000).set_private_properties(properties)
    assert_type(monitor.resource("web"), ra.HostedResource)


def test_act() -> None:
    web = ra.ResourceStandIn("web", "Process", ra.ResourceState.FAILED, RestartDelay=1)
    with ra.ResourceMonitor() as monitor:
        cause = ra.FailureCause.IS_ALIVE
        given_up = ra.ResourceGivenUp(web, cause, 5038, failures=4, state=web.state, time=1)
        assert act(monitor, given_up) == "web of Process: IsAlive, FAILED"
        assert act(monitor, ra.ResourceRestarting(web, 1)) == "web: restart 1 in 500 ms"
        failed = ra.ResourceFailed(web, cause, 5, message="it failed", log_lines=("no", "port"))
        assert act(monitor, failed) == "no; port"
        assert act(monitor, ra.FailoverRequested(web, 3)) == "web"
        assert web.calls == ["offline"]


if __name__ == "__main__":
    test_act()
