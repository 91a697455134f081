"""OMICRM's operations, as docs/reference/operations.md names them."""

from __future__ import annotations

import pytest

from ivrhooks.sources.omicrm.operations import OPERATIONS

READS = ["get_contact", "list_contacts", "contact_details", "contact_layout"]
WRITES = ["add_contact", "add_contacts", "update_contact", "delete_contact", "add_note"]


def test_operations_are_in_the_tables_order_and_writes_are_marked():
    assert [operation.name for operation in OPERATIONS] == READS + WRITES
    assert [each.name for each in OPERATIONS if each.write] == WRITES


@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("get_contact", ()),
        ("contact_details", ("id",)),
        ("add_contact", ("fullName", "phones")),
        ("add_contacts", ("fullName", "phones")),
        ("update_contact", ("refId",)),
        ("delete_contact", ("id",)),
        ("add_note", ("content", "phone")),
    ],
)
def test_required_parameters_are_the_vendors(name, required):
    operation = next(each for each in OPERATIONS if each.name == name)
    assert operation.required == required


def test_update_has_no_ref_code_and_no_job_title():
    operation = next(each for each in OPERATIONS if each.name == "update_contact")
    names = {param.name for param in operation.params}
    assert not names & {"refCode", "job_title"}
    assert "dynamic_attributes" in names


def test_lists_of_contacts_and_notes_are_lists():
    lists = [each.name for each in OPERATIONS if each.list_params]
    assert lists == ["add_contacts", "add_note"]


def test_the_default_is_found_by_one_of_four():
    default = OPERATIONS[0]
    assert default.needs_one_of == ("phone", "email", "ref_id", "ref_code")
    assert default.pick == "risk_first"
