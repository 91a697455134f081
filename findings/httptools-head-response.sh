#!/usr/bin/env bash
# httptools 0.9.0: a response parser cannot be told that it reads the response to a HEAD
# request. A response with a Content-Length, which HEAD may have, never completes, and the
# next response on the connection is read as its body.
. "$(dirname "$0")/_venv.sh" "httptools==0.9.0"
"$python" - <<'PYTHON'
import httptools

class Reader:
    events = []
    def on_headers_complete(self): self.events.append("head")
    def on_body(self, body): self.events.append(body)
    def on_message_complete(self): self.events.append("complete")

reader = Reader()
parser = httptools.HttpResponseParser(reader)
parser.feed_data(b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n")
print("httptools", httptools.__version__, "after the head:", reader.events)
parser.feed_data(b"HTTP/1.1 204 No C")
print("after the next answer's first 17 bytes:", reader.events)
assert reader.events == ["head", b"HTTP/1.1 204 No C", "complete"], reader.events
PYTHON
