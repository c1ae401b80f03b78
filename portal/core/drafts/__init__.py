"""Drafts: a pack as it is being changed, command by command, over what its parent says."""

from portal.core.drafts.commands import Change, Command, inverse
from portal.core.drafts.draft import Draft, applied, refused
from portal.core.drafts.locks import Lock
from portal.core.drafts.order import beside, between
from portal.core.drafts.owners import Owner, own_pointers, owner_of
from portal.core.drafts.share import Share, files_of, share_of
from portal.core.drafts.undoing import Group, next_redo, next_undo

__all__ = [
    "Change",
    "Command",
    "Draft",
    "Group",
    "Lock",
    "Owner",
    "Share",
    "applied",
    "beside",
    "between",
    "files_of",
    "inverse",
    "next_redo",
    "next_undo",
    "own_pointers",
    "owner_of",
    "refused",
    "share_of",
]
