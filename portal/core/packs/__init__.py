"""Packs: overlays of configuration that resolve into releases."""

from portal.core.packs.chains import Layers
from portal.core.packs.check import check, check_resolved, notes
from portal.core.packs.contents import divisions, stories
from portal.core.packs.diff import Change, diff
from portal.core.packs.explain import Explanation, explain
from portal.core.packs.layer import Layer, Manifest
from portal.core.packs.merge import merge
from portal.core.packs.origins import Origins
from portal.core.packs.release import ChainLink, Release
from portal.core.packs.resolve import Resolved, resolve
from portal.core.packs.source import MemoryLibrary, PackLibrary, PackSource

__all__ = [
    "ChainLink",
    "Change",
    "Explanation",
    "Layer",
    "Layers",
    "Manifest",
    "MemoryLibrary",
    "Origins",
    "PackLibrary",
    "PackSource",
    "Release",
    "Resolved",
    "check",
    "check_resolved",
    "diff",
    "divisions",
    "explain",
    "merge",
    "notes",
    "resolve",
    "stories",
]
