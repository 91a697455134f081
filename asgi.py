"""The express door for any ASGI server; ``ivrhooks serve`` starts it well kept."""

from ivrhooks.server.asgi import create_express

app = create_express()
