"""Plans de financement : modèle, règles, remèdes, bouclage. Montants en centimes, taux en fractions."""
