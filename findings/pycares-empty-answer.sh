#!/usr/bin/env bash
# aiodns 4.0.4, pycares 5.2.1 (c-ares 1.34.9): the resolver keeps answers by itself. One without an
# address outlives its SOA, which allows a second here: a name whose record was missing for a moment
# stays unknown, and no name server is asked again (c-ares keeps it for up to an hour). A new
# resolver finds the name at once.
. "$(dirname "$0")/_venv.sh" "aiodns==4.0.4" "pycares==5.2.1"
"$python" - <<'PYTHON'
import asyncio
import socket
import struct
import threading
from importlib.metadata import version

import aiodns

SECOND = struct.pack(">I", 1)
SOA = b"\xc0\x0c\0\6\0\1" + SECOND + struct.pack(">H", 24) + b"\xc0\x0c\xc0\x0c" + SECOND * 5
ADDRESS = b"\xc0\x0c\0\1\0\1" + SECOND + b"\0\4" + socket.inet_aton("192.0.2.1")


class NameServer(threading.Thread):
    """Has no address for any name until it is told so."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.has_address = False
        self.asked = 0

    def run(self):
        while True:
            query, client = self.socket.recvfrom(512)
            question = query[12 : query.index(b"\0", 12) + 5]
            self.asked += 1
            a_record = question[-4:-2] == b"\0\1"
            records = (1, 0, ADDRESS) if a_record and self.has_address else (0, 1, SOA)
            counts = struct.pack(">HHHH", 1, records[0], records[1], 0)
            self.socket.sendto(query[:2] + b"\x85\x80" + counts + question + records[2], client)


async def resolve(resolver, server):
    before = server.asked
    try:
        answer = await resolver.getaddrinfo("crm.example.com", family=socket.AF_INET)
        found = [node.addr[0].decode() for node in answer.nodes]
    except aiodns.error.DNSError as error:
        found = error.args[1]
    print(f"{found}, questions to the name server: {server.asked - before}")
    return found, server.asked - before


async def main():
    server = NameServer()
    server.start()
    address = f"127.0.0.1:{server.socket.getsockname()[1]}"
    old, new = aiodns.DNSResolver(), aiodns.DNSResolver()
    old.nameservers = new.nameservers = [address]
    first = await resolve(old, server)
    server.has_address = True
    await asyncio.sleep(2)
    second, third = await resolve(old, server), await resolve(new, server)
    assert first[1] == 1 and second == (first[0], 0), (first, second)
    assert third == (["192.0.2.1"], 1), third


print({name: version(name) for name in ("aiodns", "pycares")})
asyncio.run(main())
PYTHON
