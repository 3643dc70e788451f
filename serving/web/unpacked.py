"""A request's body as it was before it was compressed."""

from __future__ import annotations

import zlib

import fastapi
from starlette.exceptions import HTTPException

from interface.command_line import UserError

ENCODING = "content-encoding"
GZIP = 16 + zlib.MAX_WBITS  # zlib's word for gzip's own head


async def body(request: fastapi.Request, limit: int) -> bytes:
    """The body of a request, which may be compressed by gzip, as TensorFlow Serving takes it.

    Args:
      limit: bytes that it may have when it is unpacked.

    Raises:
      UserError: another compression, or damaged.
      HTTPException: 413, too large.
    """
    content = await request.body()
    how = request.headers.get(ENCODING, "identity").strip().lower()
    if how in ("", "identity"):
        return content
    if how not in ("gzip", "x-gzip"):
        raise UserError(f"Content-Encoding: {how[:40]}; wanted gzip, or none")
    unpacking = zlib.decompressobj(GZIP)
    try:
        unpacked = unpacking.decompress(content, limit + 1)
    except zlib.error:
        raise UserError("Content-Encoding: gzip, but the body is not") from None
    if len(unpacked) > limit:
        raise HTTPException(413, f"the body is too large: at most {limit} bytes are taken")
    if not unpacking.eof:
        raise UserError("Content-Encoding: gzip, but the body ends too early")
    return unpacked
