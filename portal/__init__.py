"""One Door (一扇门): a low-code portal for one-stop dispute-resolution centres."""

__version__ = "0.1.0"
