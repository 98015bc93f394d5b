"""Ce qu’un comité fait savoir aux applications d’au-dessus, qu’il ne connaît pas."""

from django.dispatch import Signal

# Une décision vient d’être enregistrée et appliquée, dans la même transaction. Arguments : decision, by (auteur).
decision_prise = Signal()
