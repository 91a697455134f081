"""The ASGI app, for other ASGI servers; ``ivrhooks serve`` does without it."""

from ivrhooks.server.asgi import create_asgi_app

app = create_asgi_app()
