#!/bin/sh
# One proof prints papers as PDF, which needs LibreOffice Writer. Where it is missing and we may, install it; where we may
# not, that proof says so itself.
set -eu
has() { command -v "$1" >/dev/null 2>&1; }

if has soffice || has libreoffice; then exit 0; fi
if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "Installing LibreOffice Writer for the proof that prints papers"
    apt-get update -qq || true
    if DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libreoffice-writer-nogui >/dev/null 2>&1; then exit 0; fi
fi
echo "The proof that prints papers needs LibreOffice: install libreoffice-writer-nogui" >&2
