"""Tokens, and the API of cases."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter
from rest_framework_simplejwt.views import TokenObtainPairView

from benchmarks.peers.django.views import CaseViewSet

router = DefaultRouter()
router.register("cases", CaseViewSet)
urlpatterns = [path("api/token/", TokenObtainPairView.as_view()), path("api/", include(router.urls))]
