"""Tasks of records: given by steps and persons, taken over from the rules, done by persons and by events.

``acting`` is what persons do, ``by_steps`` the effects of steps, ``following`` what each act does for them;
``record_tasks`` are the tasks of one record during an act, ``owners`` whom they may be given,
``reading`` what pages show.
"""
