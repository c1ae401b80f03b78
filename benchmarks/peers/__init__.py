"""Applications of the same sort that the portal is measured beside: Django REST and stock Flask-AppBuilder.

Each does what its framework does by itself and no more: a token, permissions of the model, validation, one row and one
audit row in one transaction. Both hold the same rows (``rows``), in databases of the same server as the portal's. They
have a virtual environment of their own, so that the portal's stays without them.
"""
