"""Errors of the tool itself, as a report tells them."""

from __future__ import annotations

import os

from ci_audit.rulebook import shown


def internal_error(error: Exception) -> str:
    """Say what went wrong in the tool, and where, so that it can be reported."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{os.path.basename(code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"ci-audit failed on it ({type(error).__name__} in {place}): {shown(str(error))}"
