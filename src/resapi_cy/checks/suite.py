"""All conformance checks of a resource DLL, in their order: each comes after those that it needs,
and what may leave most behind comes last."""

from __future__ import annotations

from resapi_cy.checks import control, ends, instances, leaks, life, properties, startup

CHECKS = {
    check.name: check
    for check in (
        startup.startup,
        startup.version_in_range,
        startup.version_out_of_range,
        startup.unknown_type,
        instances.resids,
        properties.private_properties,
        properties.told_properties,
        properties.refused_properties,
        control.output_room,
        life.online,
        instances.own_handle,
        life.online_checkpoints,
        life.reported_states,
        life.event_handle,
        life.stays_online,
        life.looks_alive,
        life.offline,
        life.offline_checkpoints,
        life.is_alive,
        life.quiet_after_end,
        life.quiet_after_close,
        ends.ended_offline,
        properties.kept_properties,
        ends.terminate_pending,
        ends.terminate_online,
        instances.two_online,
        life.prompt,
        leaks.open_leaks,
        leaks.twenty_rounds,
        leaks.terminate_leaks,
        leaks.call_leaks,
        instances.bad_resids,
        instances.closed_resids,
        control.control_codes,
    )
}
