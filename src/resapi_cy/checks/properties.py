"""The conformance checks of private properties: what is true of a value that was set."""

from __future__ import annotations

from collections.abc import Mapping

from resapi_cy import property_list
from resapi_cy.checks.definition import check
from resapi_cy.checks.driver import ERROR_RESOURCE_PROPERTIES_STORED, Driver, OpenResource
from resapi_cy.checks.operation import answer_text
from resapi_cy.checks.subject import CheckFailed, NotApplicable
from resapi_cy.enums import ControlCode
from resapi_cy.hosting.private_properties import private_values
from resapi_cy.property_list import Formatted, OtherValue, Value, in_formats

ERROR_INVALID_FUNCTION = 1
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
    before = told(driver, resource)
    other = driver.open_another(configured=False)
    formats = driver.told_formats(resource.resid)
    given = private_values(driver.subject.private, formats) or before
    expected: dict[str, Value] = dict(before)
    for name, value in given.items():  # one by one: a value leaves the others as they are
        set_property(driver, resource, name, value)
        expected = {k: v for k, v in expected.items() if k.casefold() != name.casefold()}
        expected[name] = value
        expect_told(driver, resource, expected, f"{name} was set to {value!r}")
    if other is not None:
        expect_told(driver, other, before, "properties of another resource were set")
    return ", ".join(given)


@check("CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES", "told-properties")
def refused_properties(driver: Driver) -> str:
    """A private property that the type does not have is refused, and what is refused, or is only
    validated, sets nothing."""
    resource = driver.open()
    before = told(driver, resource)
    changed = {n: another(v) for n, v in before.items() if not isinstance(v, OtherValue)}
    for code in (VALIDATE, SET):
        for name, value in changed.items():
            values = {name: value, NO_SUCH_PROPERTY: "1"}
            answer = driver.control_code(resource.resid, code, property_list.encode(values))
            if answer in ACCEPTED:
                raise CheckFailed(f"{code.name}: {NO_SUCH_PROPERTY} was accepted")
            expect_told(driver, resource, before, f"{code.name} was refused")
    for name, value in changed.items():
        answer = driver.control_code(resource.resid, VALIDATE, property_list.encode({name: value}))
        expect_told(driver, resource, before, f"{name} was validated")
    return "refused"


@check("CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES", "offline", "told-properties")
def kept_properties(driver: Driver) -> str:
    """Private properties are the same after Online, Offline and Terminate."""
    resource = driver.open()
    before = told(driver, resource)
    resource.online()
    expect_told(driver, resource, before, "the resource came online")
    resource.offline()
    expect_told(driver, resource, before, "the resource went offline")
    resource.terminate()
    expect_told(driver, resource, before, "the resource was terminated")
    return ", ".join(before)


# ---- What they share -----------------------------------------------------------------------------


def told(driver: Driver, resource: OpenResource) -> dict[str, Told]:
    """A resource's private properties; not applicable if the DLL does not tell any."""
    code, data = driver.answer(resource.resid, GET)
    if code != 0:
        raise NotApplicable(f"the DLL does not tell them: {answer_text(code)}")
    try:
        values = property_list.decode(data)
    except ValueError as error:
        raise CheckFailed(f"{GET.name} was answered with no property list: {error}") from None
    if not values:
        raise NotApplicable("the type has none")
    return values


def set_property(driver: Driver, resource: OpenResource, name: str, value: Value) -> None:
    answer = driver.control_code(resource.resid, SET, property_list.encode({name: value}))
    if answer not in ACCEPTED:
        raise CheckFailed(f"{SET.name} with {name} as {value!r} was answered {answer_text(answer)}")


def expect_told(
    driver: Driver, resource: OpenResource, expected: Mapping[str, Value], when: str
) -> None:
    """Fails unless these properties are told. Names compare without case."""
    now = {name.casefold(): value for name, value in told(driver, resource).items()}
    wanted = {name.casefold(): value for name, value in expected.items()}
    for name in dict.fromkeys([*wanted, *now]):
        if now.get(name) != wanted.get(name):
            raise CheckFailed(
                f"after {when}, {name} is told as {now.get(name)!r} and not as {wanted.get(name)!r}"
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
