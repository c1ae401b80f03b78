"""Packages: one signed file with one pack in one version, to carry between servers (docs/packages.md)."""

from portal.core.packages.building import build
from portal.core.packages.manifest import Dependency, PackageManifest
from portal.core.packages.opening import Package, inspect, verify
from portal.core.packages.overlay import WithPackage
from portal.core.packages.trust import Seen, Signature, TrustedKey

__all__ = [
    "Dependency",
    "Package",
    "PackageManifest",
    "Seen",
    "Signature",
    "TrustedKey",
    "WithPackage",
    "build",
    "inspect",
    "verify",
]
