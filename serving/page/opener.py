"""A button that opens a file of the visitor's; the server does not keep it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from nicegui import events, ui

from interface.command_line import UserError
from serving.batching import Full
from serving.page.voice import Voice

FORM = 2048  # bytes of a request around the file in it
PICK = "() => getElement({id}).$refs.qRef.pickFiles()"
RESET = "() => getElement({id}).$refs.qRef.reset()"
DRAGGED = "(e) => e.preventDefault()"  # so that the browser does not open the file itself
DROPPED = (
    "(e) => {{ e.preventDefault(); getElement({id}).$refs.qRef.addFiles(e.dataTransfer.files); }}"
)

_log = logging.getLogger(__name__)


class Opener:
    """A button that opens a file, also one that is dropped on it.

    Args:
      label: of the button.
      accept: what the browser offers, as HTML's accept.
      take: is awaited with the file's content; what it raises is told.
      limit: bytes of a request.
    """

    def __init__(
        self,
        label: str,
        accept: str,
        take: Callable[[bytes], Awaitable[None]],
        limit: int,
        voice: Voice,
        icon: str = "upload_file",
    ) -> None:
        self.take, self.limit, self.voice = take, limit, voice
        self.upload = ui.upload(
            auto_upload=True, max_file_size=max(1, limit - FORM), on_upload=self._uploaded
        )
        self.upload.props(f'accept="{accept}"').classes("elsewhere")
        self.upload.on("rejected", self._rejected, js_handler="(all) => emit(all[0])")
        self.upload.on("failed", lambda: self.voice.complain("the file did not arrive"), args=[])
        # In the browser, when its request has ended: sooner it would break that off. Without it the
        # same file could not be opened twice.
        self.upload.on("finish", js_handler=RESET.format(id=self.upload.id))
        # FastAPI keeps an upload's route, and with it this object, when the visitor has gone.
        ui.context.client.on_delete(self._forget)
        # In the browser: it opens its dialog only in answer to a click, not to a message.
        button = ui.button(label, icon=icon).props("outline no-caps")
        button.on("click", js_handler=PICK.format(id=self.upload.id))
        button.on("dragover", js_handler=DRAGGED)
        button.on("drop", js_handler=DROPPED.format(id=self.upload.id))

    def _forget(self) -> None:
        del self.take, self.voice

    async def _uploaded(self, event: events.UploadEventArguments) -> None:
        take, voice = self.take, self.voice  # the visitor may go meanwhile
        try:
            await take(await event.file.read())
        except (UserError, Full) as error:
            voice.complain(error)
        except Exception:
            _log.exception("a file that was opened on the page could not be taken")
            voice.complain("something went wrong here, not with your file; the log says what")

    def _rejected(self, event: events.GenericEventArguments) -> None:
        if event.args.get("failedPropValidation") == "accept":
            self.voice.complain("this is not a file of the kind wanted here")
        else:
            self.voice.complain(f"the file is too large: at most {size(self.limit)} are taken")


def size(count: int) -> str:
    """Bytes, as people read them."""
    return f"{count / 1e6:g} MB" if count >= 100_000 else f"{count / 1e3:g} kB"
