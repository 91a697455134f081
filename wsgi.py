"""The WSGI app: ``gunicorn wsgi:app`` with IVRHOOKS_CONFIG."""

from ivrhooks.server.flask_app import create_app_or_exit

app = create_app_or_exit()
