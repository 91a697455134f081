"""What the program reads at run time is installed with it."""

from __future__ import annotations

from configparser import ConfigParser
from fnmatch import fnmatch
from pathlib import Path


def test_every_data_file_is_installed(checkout: Path) -> None:
    setup = ConfigParser()
    setup.read(checkout / "setup.cfg")
    patterns = [
        f"{package.replace('.', '/')}/{glob.strip()}"
        for package, globs in setup["options.package_data"].items()
        for glob in globs.replace(",", "\n").split("\n")
        if glob.strip()
    ]
    shipped = [*(checkout / "ivrhooks").rglob("*"), *checkout.glob("configs/**/*")]
    data = [
        str(file.relative_to(checkout)).replace("configs", "ivrhooks/configs", 1)
        if file.is_relative_to(checkout / "configs")
        else str(file.relative_to(checkout))
        for file in shipped
        if file.is_file() and file.suffix not in (".py", ".pyc")
    ]
    missing = [
        name
        for name in data
        if not any(fnmatch(name.lower(), glob.lower()) for glob in patterns)
    ]
    assert data
    assert not missing, "add to [options.package_data]"


def test_the_shipped_configuration_is_that_of_the_checkout(checkout: Path) -> None:
    assert (checkout / "ivrhooks" / "configs").resolve() == checkout / "configs"
