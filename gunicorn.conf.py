"""What ``gunicorn wsgi:app`` needs to keep the promise; read from the folder it is
started in. The same as ``ivrhooks.gunicorn_conf``, for whoever has no checkout."""

from ivrhooks.gunicorn_conf import *  # noqa: F403 - gunicorn reads this file's names
