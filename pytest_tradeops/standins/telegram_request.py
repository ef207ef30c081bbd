"""How the Bot API reads a request, and how it refuses one."""

from ..loopback.http import Refused, Request, Response
from .faults import Refusing
from .forms import Form, FormError, json_fields, media_type, multipart, urlencoded


class Arguments:
    """What a method is called with; as in the Bot API everything is text, and what is no number is 0."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.files = form.files

    def raw(self, name: str) -> bytes:
        return self._form.fields.get(name, b"")

    def text(self, name: str) -> str:
        return self.raw(name).decode("utf-8", "replace").strip()

    def number(self, name: str) -> int:
        given = self.text(name)
        digits = given.removeprefix("-")
        return int(given) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0

    def others(self) -> dict[str, str]:
        return {name: self.text(name) for name in self._form.fields if name not in ("text", "caption", "chat_id")}


def form(request: Request) -> Form:
    """The body's arguments behind those of the query. What cannot be read leaves nothing, as in the Bot API."""
    query = {name: value.encode("utf-8", "surrogatepass") for name, value in request.query.items()}
    kind = media_type(request)
    try:
        if kind == "multipart/form-data":
            read = multipart(request)
        elif kind == "application/x-www-form-urlencoded":
            read = urlencoded(request.body)
        elif kind == "application/json" and request.body:
            read = json_fields(request)
        else:
            read = Form()
    except FormError as error:
        if kind == "multipart/form-data":
            raise refusal(400, f"Bad Request: {error}") from None
        read = Form()
    return Form({**read.fields, **query}, read.files)


def faulty(fault: Refusing) -> Response:
    if fault.status == 0:
        return Response.hang_up()
    if fault.status == 429:
        seconds = max(1, round(fault.retry_after))
        body = {"description": f"Too Many Requests: retry after {seconds}", "parameters": {"retry_after": seconds}}
        return Response.json({"ok": False, "error_code": 429, **body}, 429, {"Retry-After": str(seconds)})
    return refusal(fault.status, "Internal Server Error" if fault.status >= 500 else "refused on purpose").response


def refusal(status: int, description: str) -> Refused:
    return Refused(Response.json({"ok": False, "error_code": status, "description": description}, status))
