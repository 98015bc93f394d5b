"""Fichiers statiques de production : un nom qui change avec le contenu, jusque dans les modules JavaScript."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StatiquesEmpreints(CompressedManifestStaticFilesStorage):
    """Récrit aussi les `import` relatifs des modules : une page et ses modules restent d’une même version."""

    support_js_module_import_aggregation = True
