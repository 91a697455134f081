"""ivrhooks: the web server that an IVR sends data requests to during a phone call.

These are the packages from top to bottom; each imports only from those below it:

==============  ============================================================
``cli``         the command line, one file for each verb
``server``      HTTP on the wire: our own protocol, the Flask app, gunicorn
``console``     the pages where people test and see what the IVR sees
``observe``     counts, snapshots of all workers, the journal's entries, replay
``http``        one request, from any of the servers, and its dispatcher
``authoring``   what integrators do with a configuration before it serves
``answering``   the engine: answers a data request by the deadline
``actions``     writes that are delivered after the answer
``journal``     stores the data requests that were answered
``config``      compiles YAML to frozen settings and plans
``sources``     the customer systems: clients, and sandboxes that imitate them
``store``       SQLite, PostgreSQL, Redis, keys
``resilience``  deadline, cache, single-flight, circuit breaker, limits
``basics``      errors, values, telephone numbers, masking, telemetry
==============  ============================================================
"""

from __future__ import annotations

__version__ = "0.5.1"
