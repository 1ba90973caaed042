"""The conformance checks of private properties: what is true of a value that was set."""

from __future__ import annotations

from collections.abc import Mapping

from resapi_cy import property_list
from resapi_cy.checks.definition import check
from resapi_cy.checks.driver import ERROR_RESOURCE_PROPERTIES_STORED, Driver, OpenResource
from resapi_cy.checks.operation import answer_text
from resapi_cy.checks.subject import Advice, CheckFailed, NotApplicable
from resapi_cy.enums import ControlCode
from resapi_cy.hosting.private_properties import private_values
from resapi_cy.names import folded
from resapi_cy.property_list import Formatted, OtherValue, Value, in_formats

GET = ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES
SET = ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES
VALIDATE = ControlCode.RESOURCE_VALIDATE_PRIVATE_PROPERTIES
ACCEPTED = (0, ERROR_RESOURCE_PROPERTIES_STORED)

# As property_list.decode has them.
Told = int | str | bytes | list[str]

NO_SUCH_PROPERTY = "NoSuchProperty-resapi-monitor-check"


@check("CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES", "resids")
def private_properties(driver: Driver) -> str:
    """The private properties that were given are accepted."""
    properties = driver.subject.private
    if not properties:
        raise NotApplicable("none were given")
    driver.open()
    return ", ".join(properties)


@check("CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES", "private-properties", alone=True)
def told_properties(driver: Driver) -> str:
    """Private properties are told as they were set, and of the resource alone that they were set
    for."""
    resource = driver.open(configured=False)
    before = first_told(driver, resource)
    other = driver.open_another(configured=False)
    formats = driver.told_formats(resource.resid)
    # As they are set: without what a DLL tells beside them.
    given = private_values(driver.subject.private, formats) or in_formats(before, {})
    changed = {folded(name) for name in given}
    expected: dict[str, Value] = {k: v for k, v in before.items() if folded(k) not in changed}
    expected |= given
    # Together first: one may need another. Then one by one: a value leaves the others as they are.
    set_properties(driver, resource, given)
    expect_told(driver, resource, expected, f"{', '.join(given)} were set")
    for name, value in given.items():
        set_properties(driver, resource, {name: value})
        expect_told(driver, resource, expected, f"{name} was set to {value!r}")
    if other is not None:
        expect_told(driver, other, before, "properties of another resource were set")
    return ", ".join(given)


@check("CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES", "told-properties")
def refused_properties(driver: Driver) -> str:
    """A private property that the type does not have is refused, or told once it is set, and what
    is refused, or is only validated, sets nothing.

    A property table may allow unknown properties: they are stored then. That is a matter for
    advice, since nobody is told of a name that he has mistyped.
    """
    resource = driver.open()
    at_first = first_told(driver, resource)
    before: dict[str, Value] = {**at_first}
    changed = {n: another(v) for n, v in at_first.items() if not isinstance(v, OtherValue)}
    if not changed:
        raise NotApplicable("the type has none of a format that can be written")
    accepted: set[ControlCode] = set()
    for code in (VALIDATE, SET):
        for name, value in changed.items():
            values = {name: value, NO_SUCH_PROPERTY: "1"}
            answer = driver.control_code(resource.resid, code, property_list.encode(values))
            when = f"{code.name} was refused"
            if answer in ACCEPTED:
                accepted.add(code)
                when = f"{code.name} with {NO_SUCH_PROPERTY} was accepted"
            if answer in ACCEPTED and code == SET:
                before |= values
            expect_told(driver, resource, before, when)
    if accepted == {VALIDATE}:
        raise CheckFailed(f"{VALIDATE.name}: {NO_SUCH_PROPERTY} was accepted, and {SET.name} not")
    for name, value in changed.items():  # as it may be valid or not
        driver.control_code(resource.resid, VALIDATE, property_list.encode({name: value}))
        expect_told(driver, resource, before, f"{name} was validated")
    if accepted:
        raise Advice("one is stored, whatever its name: is that what the property table should do?")
    return "refused"


@check("CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES", "offline", "told-properties")
def kept_properties(driver: Driver) -> str:
    """Private properties are the same after Online, Offline and Terminate."""
    resource = driver.open()
    before = first_told(driver, resource)
    resource.online()
    expect_told(driver, resource, before, "the resource came online")
    resource.offline()
    expect_told(driver, resource, before, "the resource went offline")
    resource.terminate()
    expect_told(driver, resource, before, "the resource was terminated")
    return ", ".join(before)


# ---- What they share -----------------------------------------------------------------------------


def first_told(driver: Driver, resource: OpenResource) -> dict[str, Told]:
    """A resource's private properties when it has just been opened; not applicable if the DLL does
    not tell any. There may be none before those that are given are set."""
    code, values = told(driver, resource)
    if code != 0:
        raise NotApplicable(f"the DLL does not tell them: {answer_text(code)}")
    if not values and not driver.subject.private:
        raise NotApplicable("the type has none")
    return values


def told(driver: Driver, resource: OpenResource) -> tuple[int, dict[str, Told]]:
    """What the DLL is answered with when it is asked for a resource's private properties, and
    those."""
    code, data = driver.answer(resource.resid, GET)
    if code != 0:
        return code, {}
    try:
        return code, property_list.decode(data)
    except ValueError as error:
        raise CheckFailed(f"{GET.name} was answered with no property list: {error}") from None


def set_properties(driver: Driver, resource: OpenResource, values: Mapping[str, Value]) -> None:
    answer = driver.control_code(resource.resid, SET, property_list.encode(values))
    if answer not in ACCEPTED:
        said = ", ".join(f"{name} as {value!r}" for name, value in values.items())
        raise CheckFailed(f"{SET.name} with {said} was answered {answer_text(answer)}")


def expect_told(
    driver: Driver, resource: OpenResource, expected: Mapping[str, Value], when: str
) -> None:
    """Fails unless these properties are told, which have been told before."""
    code, values = told(driver, resource)
    if code != 0:
        raise CheckFailed(f"after {when}, {GET.name} is answered {answer_text(code)}")
    names = {folded(name): name for name in [*expected, *values]}
    now = {folded(name): value for name, value in values.items()}
    wanted = {folded(name): value for name, value in expected.items()}
    for key, name in names.items():
        if now.get(key) != wanted.get(key):
            raise CheckFailed(
                f"after {when}, {name} is told as {now.get(key)!r} and not as {wanted.get(key)!r}"
            )


def another(value: Told) -> Value:
    """Another value of the same format."""
    changed: Value = b"x"
    if isinstance(value, int):
        changed = value ^ 1
    elif isinstance(value, str):
        changed = f"{value}x"
    elif isinstance(value, bytes):
        changed = value + b"x"
    elif isinstance(value, list):
        changed = [*value, "x"]
    formats = {"": type(value)} if isinstance(value, Formatted) else {}
    return in_formats({"": changed}, formats)[""]
