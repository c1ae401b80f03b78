"""What an operator sees of a running portal: one line of the log per request, and counters."""

from portal.web.observing.requests import init_observing, init_request_ids

__all__ = ["init_observing", "init_request_ids"]
