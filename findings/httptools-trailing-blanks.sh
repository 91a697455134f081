#!/usr/bin/env bash
# httptools 0.9.0: blanks before the value of a header are dropped, those behind it are part of the
# value, though HTTP counts neither (RFC 9110, 5.5). uvicorn 0.54.0 hands them on to its application
# with httptools, and not with h11, its other parser.
. "$(dirname "$0")/_venv.sh" "httptools==0.9.0" "uvicorn==0.54.0" "h11==0.16.0"
"$python" - <<'PYTHON'
import asyncio

import httptools
import uvicorn

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nX-Key: \t secret \t \r\nConnection: close\r\n\r\n"
seen = []


async def application(scope, receive, send):
    seen.append(dict(scope["headers"])[b"x-key"])
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def value(parser):
    config = uvicorn.Config(application, port=0, http=parser, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST)
    await reader.read()
    writer.close()
    server.should_exit = True
    await running
    return seen[-1]


values = {parser: asyncio.run(value(parser)) for parser in ("httptools", "h11")}
print("httptools", httptools.__version__, "uvicorn", uvicorn.__version__, values)
assert values == {"httptools": b"secret \t ", "h11": b"secret"}, values
PYTHON
