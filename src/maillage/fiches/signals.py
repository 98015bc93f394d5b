"""Ce qu’une fiche fait savoir aux applications d’au-dessus, qu’elle ne connaît pas."""

from django.dispatch import Signal

# Le porteur vient de changer, dans la même transaction. Arguments : fiche, by (auteur), jour (date d’effet).
porteur_change = Signal()
