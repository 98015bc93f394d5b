from django.urls import path

from maillage.www.composants import views

urlpatterns = [
    path("composants/", views.composants, name="composants"),
]
