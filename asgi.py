"""The express door for any ASGI server; ``ivrhooks serve`` starts it well kept."""

from ivrhooks.server.asgi import create_asgi_app

app = create_asgi_app()
