"""OpenAPI files with the idioms of real systems: what becomes of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.authoring.openapi_import.document import CannotImport, read_document
from ivrhooks.authoring.openapi_import.endpoint import endpoint_from_operations
from ivrhooks.authoring.openapi_import.source import source_of
from ivrhooks.authoring.starter.endpoint_file import NewEndpoint
from ivrhooks.authoring.starter.folder import new_folder
from ivrhooks.authoring.starter.sources import add_source
from ivrhooks.cli.new_file import write_checked

HERE = Path(__file__).parent


def endpoint(file: str) -> NewEndpoint:
    return endpoint_from_operations("api", read_document(HERE / file), "api")


def values(made: NewEndpoint) -> dict[str, str]:
    return {name: output["value"].strip("{ }") for name, output in made.outputs.items()}


def test_composed_schemas_are_resolved() -> None:
    """allOf, nullable unions, an enum without a type, a reference to itself."""
    made = endpoint("pets.yaml")
    assert list(made.lookups) == ["getPetById", "get_pet_findByStatus"]
    assert values(made) == {
        f"{lookup}_{'_'.join(path.split('.'))}": f"{root}.{path}"
        for lookup, root in (
            ("getPetById", "getPetById"),
            ("get_pet_findByStatus", "get_pet_findByStatus[0]"),
        )
        for path in (
            *("id", "created", "name", "status", "category.name"),
            *("owner.firstName", "owner.class", "price"),
        )
    }
    assert made.outputs["getPetById_id"]["type"] == "int"
    assert made.outputs["getPetById_price"]["type"] == "string"


def test_parameters_of_every_place() -> None:
    made = endpoint("pets.yaml")
    types = {name: parameter["type"] for name, parameter in made.inputs.items()}
    assert types == {
        "petId": "int", "filter": "string", "tags": "string", "page_size": "int",
    }  # fmt: skip
    request = made.lookups["getPetById"]["request"]
    assert request["path"] == "/pet/{{ inputs.petId }}"
    assert "headers" not in request  # X-Request-ID is ours, a cookie nobody has


def test_the_first_entry_of_a_list_in_an_envelope() -> None:
    made = endpoint("contacts.json")
    paths = values(made)
    assert paths["list_contacts_data_vip"] == "list_contacts.data[0].vip"
    full_name = "list_contacts.data[0]['full name']"
    assert paths["list_contacts_data_full_name"] == full_name
    assert paths["list_contacts_paging_next"] == "list_contacts.paging.next"
    assert paths["get_health_status"] == "lookups.get_health.status"
    assert "now" not in made.lookups  # a name of templates


def test_either_of_two_answers() -> None:
    paths = values(endpoint("repositories.yaml"))
    assert paths["repos_get_license_key"] == "repos_get.license.key"
    login = "users_get_authenticated.login"
    assert paths["users_get_authenticated_login"] == login


@pytest.mark.parametrize(
    ("file", "url", "more"),
    [
        ("pets.yaml", "https://api.petstore.io/v3",
         {"query": {"api_key": "${API_KEY:-unset}"}}),
        ("contacts.json", "https://crm.example.com/api",
         {"auth": {"bearer": "${API_TOKEN:-unset}"}}),
        ("repositories.yaml", "https://api.github.com", {}),
        ("relative.yaml", "https://rel.example.com/api/v1", {}),
    ],
)  # fmt: skip
def test_server_and_credentials(file: str, url: str, more: dict[str, object]) -> None:
    source = source_of(read_document(HERE / file), "api")
    assert source.entry["base_url"] == url
    credentials = {
        key: source.entry[key] for key in ("auth", "query") if key in source.entry
    }
    assert credentials == more


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("openapi: 3.0.0\ninfo: [", ":2: cannot be read|:3: cannot be read"),
        ("swagger: '1.2'\napis: []", "of version 1.2; OpenAPI 3.0 to 3.2 and Swag"),
        ("openapi: 4.0.0\npaths: {}", "of version 4.0.0"),
        ("asyncapi: 2.0.0", "neither `openapi` nor `swagger`"),
        ("openapi: 3.0.0", "has no `paths`"),
    ],
)
def test_another_file_is_reported_as_such(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(CannotImport, match=message):
        read_document(file)


@pytest.mark.parametrize("file", ["tickets.yaml", "names.yaml", "pets.yaml"])
def test_an_imported_endpoint_passes_check_and_its_test(
    file: str, tmp_path: Path
) -> None:
    """Rings of references; names in Chinese, with quotes, or with ``__``."""
    made = endpoint(file)
    folder = tmp_path / "endpoints"
    new_folder(tmp_path)
    add_source(tmp_path, "api", source_of(read_document(HERE / file), "api").entry)
    warnings = write_checked(tmp_path, folder / "api.yaml", made)
    assert [warning.path for warning in warnings] == [
        "endpoint"
    ]  # nothing protects it yet


def test_fields_that_no_template_reads_are_left_out() -> None:
    paths = values(endpoint("tickets.yaml"))
    assert "get_tickets_id_a_b" in paths
    assert not [path for path in paths.values() if "__" in path]


def test_names_without_a_latin_letter_are_kept_apart() -> None:
    made = endpoint("names.yaml")
    assert list(made.lookups) == ["api", "same", "same_", "odata"]
    assert made.lookups["api"]["request"]["query"]["x'y"] == "{{ inputs['x\\'y'] }}"
    assert made.inputs["手机号"] == {"type": "string", "format": "phone"}
