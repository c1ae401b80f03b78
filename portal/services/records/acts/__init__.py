"""What happens to records, in one way: ``performing.perform`` for each act, ``concerns.CONCERNS`` for what follows.

A use case loads its record (``loading``), performs its act, and changes the record (``versions``) inside of it.
History, audit entry and outbox are written by the concerns when the act is left without an error, by nothing else.
"""
