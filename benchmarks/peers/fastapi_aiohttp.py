"""The endpoints by hand with FastAPI and aiohttp's client, for uvicorn."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import aiohttp
import orjson
from cachetools import TTLCache
from fastapi import FastAPI, Form, Response

UPSTREAM = os.environ["UPSTREAM"]
DEADLINE = aiohttp.ClientTimeout(total=0.9)
TEL = re.compile(r"\+?[0-9]{5,15}").fullmatch
DEFAULTS = {"isVip": 0, "vipLevel": "", "userLabel": "", "isblack": 0}

cached: TTLCache[str, dict[str, Any]] = TTLCache(10_000, 60)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    connector = aiohttp.TCPConnector(limit=256)
    async with aiohttp.ClientSession(timeout=DEADLINE, connector=connector) as session:
        app.state.session = session
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)


def answered(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def outputs(customer: Any) -> dict[str, Any]:
    if not isinstance(customer, dict):
        return dict(DEFAULTS)
    answer = {}
    for name, default in DEFAULTS.items():
        try:
            value = customer.get(name)
            answer[name] = default if value is None else type(default)(value)
        except (TypeError, ValueError):
            answer[name] = default
    return answer


async def ask(path: str, tel: str) -> dict[str, Any] | None:
    try:
        url = f"{UPSTREAM}{path}/customer"
        async with app.state.session.get(url, params={"tel": tel}) as reply:
            data = await reply.read()
            return outputs(orjson.loads(data)) if reply.status == 200 else None
    except (TimeoutError, aiohttp.ClientError, ValueError):
        return None


async def look(path: str, tel: str, *, keeps: bool = False) -> Response:
    if not TEL(tel):
        return answered({"error": "tel: send 5 to 15 digits", **DEFAULTS}, 400)
    found = cached.get(tel) if keeps else None
    if found is None:
        found = await ask(path, tel)
        if found is not None and keeps:
            cached[tel] = found
    return answered(DEFAULTS if found is None else found)


@app.post("/mock")
async def mock(
    level: Annotated[int, Form()], city: Annotated[str, Form(min_length=1)]
) -> Response:
    return answered({"queue": "vip" if level == 3 else "normal", "greeting": "hello"})


@app.get("/lookup")
async def lookup(tel: str = "") -> Response:
    return await look("", tel)


@app.get("/slow")
async def slow(tel: str = "") -> Response:
    return await look("/slow", tel)


@app.get("/cached")
async def kept(tel: str = "") -> Response:
    return await look("/slow", tel, keeps=True)
