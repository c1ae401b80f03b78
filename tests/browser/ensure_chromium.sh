#!/bin/sh
# The browser tests drive the system's Chromium, best its headless shell: the same engine without windows, in which a
# page opens in half the time. Where it is missing and we may, install it with a Chinese font.
set -eu
has() { command -v "$1" >/dev/null 2>&1; }
reads_chinese() { fc-list 2>/dev/null | grep -qi cjk; }
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" fonts-noto-cjk >/dev/null 2>&1; }

if has chromium-headless-shell && reads_chinese; then exit 0; fi
if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "Installing Chromium and a Chinese font for the browser tests"
    apt-get update -qq || true
    if install chromium-headless-shell; then exit 0; fi
fi
if { has chromium || has google-chrome; } && reads_chinese; then exit 0; fi
if [ "$(id -u)" = 0 ] && has apt-get && install chromium; then exit 0; fi
echo "The browser tests need Chromium and a CJK font: install chromium-headless-shell (or chromium), fonts-noto-cjk" >&2
exit 1
