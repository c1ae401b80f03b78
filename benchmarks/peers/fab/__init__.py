"""Stock Flask-AppBuilder: its tokens and permissions, its REST API with marshmallow, its pages."""
