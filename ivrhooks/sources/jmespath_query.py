"""JMESPath, of ``result:``, ``path:`` and the filter ``json_query``, by its
specification.

The library raises TypeError where the specification has null (``level > `3``` of a
level that is text), judges values by the names of their types, and takes 1 for true in
``contains``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

JmespathQuery = Callable[[Any], Any]


@lru_cache(maxsize=1024)
def compile_query(expression: str) -> JmespathQuery:
    """Return the function that finds a value in JSON. Raises JMESPathError.

    The function raises JMESPathError too, and no other exception.
    """
    tree = jmespath.compile(expression).parsed

    def search(value: Any) -> Any:
        try:
            return _Interpreter(_OPTIONS).visit(tree, value)
        except JMESPathError:
            raise
        except (TypeError, ValueError, ArithmeticError, RecursionError) as problem:
            raise JMESPathError(f"it has no value: {problem}") from None

    return search


class _Interpreter(TreeInterpreter):
    def visit_comparator(self, node: Any, value: Any) -> Any:
        """Return None where a number is compared with a text."""
        try:
            return super().visit_comparator(node, value)
        except TypeError:
            return None


class _Functions(Functions):
    def call_function(self, function_name: str, resolved_args: Iterable[Any]) -> Any:
        """Call a function with arguments of Python's own types."""
        arguments = [_exact(argument) for argument in resolved_args]
        return super().call_function(function_name, arguments)

    @signature({"types": ["array", "string"]}, {"types": []})
    def _func_contains(self, subject: Any, search: Any) -> bool:
        if isinstance(subject, str):
            return isinstance(search, str) and search in subject
        return any(
            item == search and isinstance(item, bool) == isinstance(search, bool)
            for item in subject
        )


def _exact(value: Any) -> Any:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return value if type(value) is dict else dict(value)
    if isinstance(value, list) and any(isinstance(item, str) for item in value):
        return [_exact(item) for item in value]
    return value


_OPTIONS = Options(custom_functions=_Functions())
