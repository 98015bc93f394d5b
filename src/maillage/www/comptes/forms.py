from django import forms


class CourrielForm(forms.Form):
    email = forms.EmailField(
        label="Votre adresse de courriel",
        help_text="Nous vous y envoyons un code à six chiffres. Format attendu\u00a0: nom@domaine.fr",
        error_messages={
            "required": "Indiquez votre adresse.",
            "invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code reçu par courriel",
        help_text="Six chiffres, valables dix minutes.",
        max_length=12,
        error_messages={"required": "Recopiez le code reçu."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
