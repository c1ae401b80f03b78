"""Django REST framework: tokens by simplejwt, model permissions, serializers, django-filter."""
