"""Puts the console's pages together: API test, data requests, contracts and status."""

from __future__ import annotations

from flask import Blueprint

from ivrhooks.console.context import ConsoleContext
from ivrhooks.console.pages.contract import ContractPages
from ivrhooks.console.pages.outbox import OutboxPages
from ivrhooks.console.pages.replay import ReplayPages
from ivrhooks.console.pages.requests import RequestPages
from ivrhooks.console.pages.run import RunPages
from ivrhooks.console.pages.sources import SourcesPage
from ivrhooks.console.pages.status import StatusPage
from ivrhooks.console.pages.tables import TablePages
from ivrhooks.console.pages.try_template import TryPage
from ivrhooks.console.pages.view import View


def register(blueprint: Blueprint, context: ConsoleContext) -> None:
    """Adds every page below ``/_console/``."""
    view = View(context)
    view.attach(blueprint)
    RunPages(view).add_to(blueprint)
    RequestPages(view).add_to(blueprint)
    ReplayPages(view).add_to(blueprint)
    ContractPages(view).add_to(blueprint)
    OutboxPages(view).add_to(blueprint)
    SourcesPage(view).add_to(blueprint)
    TryPage(view).add_to(blueprint)
    TablePages(view).add_to(blueprint)
    StatusPage(view).add_to(blueprint)
