"""ivrhooks: the web server that an IVR asks in the middle of a phone call.

The packages, from the top down; each imports only from those below it:

==============  ============================================================
``cli``         the command line, one file a verb
``server``      HTTP on the wire: our own protocol, the Flask app, gunicorn
``console``     the page where people test and see what the IVR sees
``observe``     counts, snapshots of all workers, the journal's entries, replay
``http``        one request, whichever server read it, and its dispatcher
``authoring``   what integrators do with a configuration before it serves
``answering``   the engine: a data request becomes an answer by the deadline
``actions``     writes that are delivered after the answer
``journal``     the data requests that were answered, kept
``config``      YAML to frozen settings to compiled plans
``sources``     the customer systems: clients, and sandboxes that imitate them
``store``       SQLite, PostgreSQL, Redis, keys
``resilience``  deadline, cache, single-flight, circuit breaker, limits
``basics``      errors, values, telephone numbers, masking, telemetry
==============  ============================================================
"""

from __future__ import annotations

__version__ = "0.4.0"
