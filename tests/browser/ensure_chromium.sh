#!/bin/sh
# The browser tests drive the system's Chromium; where it is missing and we may, install it with a Chinese font.
set -eu
if command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; then
    if fc-list 2>/dev/null | grep -qi cjk; then exit 0; fi
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium and a Chinese font for the browser tests"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null
    exit 0
fi
echo "The browser tests need Chromium and a CJK font: install the packages chromium and fonts-noto-cjk" >&2
exit 1
