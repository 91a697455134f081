"""ivrhooks: the web server that an IVR asks in the middle of a phone call.

The rooms, from the top of the house to its cellar; each imports only from below:

==============  ============================================================
``cli``         the command line, one file a verb
``web``         two doors (Flask and express) that turn bytes into DataRequests
``console``     the page where people test and see what the IVR sees
``authoring``   what integrators do with a configuration before it serves
``answering``   the engine: a DataRequest becomes an answer, before the deadline
``actions``     writes that are delivered after the answer
``journal``     the data requests that were answered, kept
``config``      YAML to frozen settings to compiled plans
``sources``     the customer systems: clients, and sandboxes that imitate them
``store``       SQLite, PostgreSQL, Redis
``resilience``  deadline, cache, single-flight, circuit breaker, limits
``basics``      errors, values, telephone numbers, masking, telemetry
==============  ============================================================
"""

from __future__ import annotations

__version__ = "0.1.0"
