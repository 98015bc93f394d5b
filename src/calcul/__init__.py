"""Calculs du programme : Python pur, sans Django ni base. Montants en centimes entiers, taux en fractions exactes."""
