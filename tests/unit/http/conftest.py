"""The fixtures of everything that serves, for this folder."""

from serving import (
    data_folder,
    gated_engine,
    make_config_store,
    make_configuration,
    make_plan,
    make_recorder,
    make_request,
)

__all__ = [
    "data_folder",
    "gated_engine",
    "make_config_store",
    "make_configuration",
    "make_plan",
    "make_recorder",
    "make_request",
]
