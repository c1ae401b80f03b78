"""Many cases without waiting for them: ``python -m benchmarks.spreading 100000``.

Rules and walks make loading a hundred thousand cases a matter of half an hour. So some thousand are made by the demo,
and each further case takes the course of one of them (stages, decision, referral) and gets a unit, a kind of dispute,
people, amounts and days of its own, sealed under a key of its own. They lie at all units, townships and villages
included, and are written by COPY on PostgreSQL, where each core makes its share.
"""
