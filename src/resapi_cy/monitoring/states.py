"""A resource's states, by what they mean."""

from __future__ import annotations

from resapi_cy.enums import ResourceState

ONLINE, OFFLINE, FAILED = ResourceState.ONLINE, ResourceState.OFFLINE, ResourceState.FAILED
ONLINE_PENDING, OFFLINE_PENDING = ResourceState.ONLINE_PENDING, ResourceState.OFFLINE_PENDING

PENDING = (ResourceState.PENDING, ONLINE_PENDING, OFFLINE_PENDING)

# No operation is under way.
AT_REST = (ONLINE, OFFLINE, FAILED)

# What a report may say in place of FAILED, or of OFFLINE after an attempt to come online.
ENDED_BADLY = (
    FAILED,
    ResourceState.CANNOT_COME_ONLINE_ON_THIS_NODE,
    ResourceState.CANNOT_COME_ONLINE_ON_ANY_NODE,
)
