"""Rendu Word (.docx) par python-docx : un vrai document modifiable, avec styles, champs et en-têtes de tableau.

Le sommaire est un champ Word déjà rempli (liens vers les titres) : Word ne sait le recalculer à l'ouverture qu'en posant
une question alarmante, on ne le lui demande donc pas ; « Mettre à jour la table » y ajoute les numéros de page.
"""

import io
import logging
import zipfile
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import docx
import typst
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Mm, Pt, RGBColor

from maillage.documents.blocs import Document
from maillage.documents.preparation import Fiche, prepare
from maillage.documents.typographie import limiter_aux_polices, nettoyer

logger = logging.getLogger(__name__)

_BLEU = RGBColor(0x00, 0x00, 0x91)
_GRIS = RGBColor(0x4A, 0x4A, 0x4A)
_ROUGE = RGBColor(0xA3, 0x00, 0x1B)
_FOND = "EEF0F8"
_FILET = "B8BCCB"
_INTERTITRE = "Intertitre d’annexe"
_POLICE = "Arial"
_LARGEUR = Mm(160)
_HAUTEUR_IMAGE_MM = 165
_COTES = {
    "gauche": WD_ALIGN_PARAGRAPH.LEFT,
    "centre": WD_ALIGN_PARAGRAPH.CENTER,
    "droite": WD_ALIGN_PARAGRAPH.RIGHT,
}
_DATE_ARCHIVE = (1980, 1, 1, 0, 0, 0)
_POINTS_PAR_POUCE = 200

# Word n'affiche pas partout le SVG : l'image y est un PNG, dessiné par le même outil que le PDF.
_DESSIN = (
    b"""#set page(width: auto, height: auto, margin: 0pt)
#context {
  let source = bytes(sys.inputs.svg)
  let taille = measure(image(source, format: "svg"))
  image(source, format: "svg", width: taille.width * calc.min(1, 160mm / taille.width, %dmm / taille.height))
}"""
    % _HAUTEUR_IMAGE_MM
)


def render_word(document: Document) -> bytes:
    """Le fichier .docx. Même arbre, mêmes octets : aucune date du jour, aucun identifiant tiré au sort."""
    return _Redaction(document).finir()


class _Redaction:
    def __init__(self, document: Document) -> None:
        self.source = document
        self.fiche = prepare(document)
        self.word = docx.Document()
        self.saut = False
        self.signets = 0
        self.identifiants: dict[str, str | None] = {}
        self.regler_page()
        self.regler_langue()
        self.regler_styles()
        self.regler_proprietes()
        self.ecrire_marges()
        self.ecrire_ouverture()
        for bloc in self.fiche["corps"]:
            getattr(self, f"ecrire_{bloc['type']}")(bloc)

    def finir(self) -> bytes:
        brut = io.BytesIO()
        self.word.save(brut)
        net = io.BytesIO()
        with zipfile.ZipFile(brut) as ancien, zipfile.ZipFile(net, "w", zipfile.ZIP_DEFLATED) as nouveau:
            for nom in ancien.namelist():
                membre = zipfile.ZipInfo(nom, date_time=_DATE_ARCHIVE)
                membre.compress_type = zipfile.ZIP_DEFLATED
                nouveau.writestr(membre, ancien.read(nom))
        return net.getvalue()

    # Réglages

    def regler_page(self) -> None:
        section = self.word.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(25)
        section.top_margin, section.bottom_margin = Mm(28), Mm(25)
        section.header_distance = section.footer_distance = Mm(12)

    def regler_langue(self) -> None:
        langue = "fr-FR" if self.fiche["langue"] == "fr" else self.fiche["langue"]
        for element in self.word.styles.element.iter(qn("w:lang")):
            element.set(qn("w:val"), langue)
            element.set(qn("w:eastAsia"), langue)
        reglages = self.word.settings.element
        reglages.find(qn("w:themeFontLang")).set(qn("w:val"), langue)
        reglages.find(qn("w:decimalSymbol")).set(qn("w:val"), ",")
        reglages.find(qn("w:listSeparator")).set(qn("w:val"), ";")
        for reglage in reglages.iter(qn("w:compatSetting")):
            if reglage.get(qn("w:name")) == "compatibilityMode":
                reglage.set(qn("w:val"), "15")  # sans quoi Word ouvre en « mode de compatibilité »

    def regler_styles(self) -> None:
        self.style("Normal", 10.5, avant=0, apres=6)
        self.style("Title", 24, couleur=_BLEU, gras=True, apres=8)
        self.style("Subtitle", 14, couleur=_GRIS, apres=8)
        for niveau, corps in enumerate((16, 13.5, 12, 11, 11, 11), start=1):
            self.style(
                f"Heading {niveau}", corps, couleur=_BLEU, gras=True, avant=16 if niveau == 1 else 12, apres=6
            )
        # Même dessin et même rang dans la navigation que Heading 2, mais hors du sommaire (intertitres des annexes).
        intertitre = self.word.styles.add_style(_INTERTITRE, WD_STYLE_TYPE.PARAGRAPH)
        intertitre.base_style = self.word.styles["Heading 2"]
        intertitre.next_paragraph_style = self.word.styles["Normal"]
        self.style("Caption", 9.5, couleur=_GRIS, gras=True, avant=8, apres=4)
        self.style("TOC Heading", 16, couleur=_BLEU, gras=True, avant=16, apres=6)
        self.style("List Bullet", 10.5, apres=3)
        self.style("List Number", 10.5, apres=3)
        self.style("Header", 8, couleur=_GRIS, apres=0)
        self.style("Footer", 8, couleur=_GRIS, apres=0)
        for niveau in (1, 2):
            entree = self.word.styles.add_style(f"toc {niveau}", WD_STYLE_TYPE.PARAGRAPH, builtin=True)
            entree.base_style = self.word.styles["Normal"]
            entree.paragraph_format.space_after = Pt(3)
            entree.paragraph_format.left_indent = Mm(5 * (niveau - 1))
            entree.paragraph_format.tab_stops.add_tab_stop(_LARGEUR, WD_TAB_ALIGNMENT.RIGHT)
        lien = self.word.styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER, builtin=True)
        lien.font.color.rgb, lien.font.underline = _BLEU, True

    def style(
        self,
        nom: str,
        corps: float,
        *,
        couleur: RGBColor | None = None,
        gras: bool | None = None,
        avant: float | None = None,
        apres: float | None = None,
    ) -> None:
        style = self.word.styles[nom]
        style.font.name, style.font.size, style.font.bold = _POLICE, Pt(corps), gras
        polices = style.element.rPr.rFonts
        for attribut in [cle for cle in polices.attrib if cle.endswith(("Theme", "theme"))]:
            del polices.attrib[attribut]  # un thème passerait avant la police nommée
        for attribut in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            polices.set(qn(attribut), _POLICE)
        if couleur is not None:
            style.font.color.rgb = couleur
        forme = style.paragraph_format
        forme.space_before = forme.space_before if avant is None else Pt(avant)
        forme.space_after = forme.space_after if apres is None else Pt(apres)
        forme.widow_control = True
        bordures = style.element.pPr.find(qn("w:pBdr"))
        if bordures is not None:
            style.element.pPr.remove(bordures)

    def regler_proprietes(self) -> None:
        jour = self.source.date
        instant = datetime(jour.year, jour.month, jour.day, 12)  # noqa: DTZ001 - Word écrit cette heure telle quelle, en UTC
        proprietes = self.word.core_properties
        proprietes.title = self.fiche["titre"][:255]
        proprietes.subject = self.fiche["sous_titre"][:255]
        proprietes.author = proprietes.last_modified_by = self.fiche["auteur"][:255]
        proprietes.language = "fr-FR" if self.fiche["langue"] == "fr" else self.fiche["langue"]
        proprietes.comments = self.fiche["fictif"]
        proprietes.created = proprietes.modified = instant
        proprietes.revision = 1
        paquet = self.word.part.package
        for cle in [cle for cle, lien in paquet.rels.items() if lien.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
            del paquet.rels[cle]  # la vignette du modèle vide ne montre pas ce document
        applicatif = paquet.part_related_by(RELATIONSHIP_TYPE.EXTENDED_PROPERTIES)
        applicatif._blob = (
            b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
            b"<Application>Maillage</Application></Properties>"
        )
        paquet.relate_to(
            Part(
                PackURI("/docProps/custom.xml"),
                "application/vnd.openxmlformats-officedocument.custom-properties+xml",
                _proprietes_propres(
                    {"Statut": self.source.statut, "Fictif": "oui" if self.fiche["fictif"] else "non"}
                ),
                paquet,
            ),
            RELATIONSHIP_TYPE.CUSTOM_PROPERTIES,
        )

    def ecrire_marges(self) -> None:
        section = self.word.sections[0]
        entete = section.header.paragraphs[0]
        if self.fiche["fictif"]:
            _run(entete, self.fiche["fictif"], gras=True, couleur=_ROUGE)
            entete.alignment = WD_ALIGN_PARAGRAPH.CENTER
            entete = section.header.add_paragraph(style="Header")
        _taquet_droit(entete)
        _run(entete, self.fiche["titre_court"])
        if self.fiche["projet"]:
            _run(entete, f"\t{self.fiche['projet']}", gras=True, couleur=_BLEU)
        pied = section.footer.paragraphs[0]
        _taquet_droit(pied)
        _run(pied, f"{self.fiche['etat']}\tpage ")
        _champ(pied, "PAGE", "1")
        _run(pied, " / ")
        _champ(pied, "NUMPAGES", "1")

    def ecrire_ouverture(self) -> None:
        if self.fiche["fictif"]:
            self.encadrer(f"{self.fiche['fictif']}\n{self.fiche['phrase_fictif']}", _ROUGE)
        if self.fiche["projet"]:
            self.encadrer(f"{self.fiche['projet']} — ce texte n’est pas arrêté et peut changer.", _BLEU)
        self.paragraphe("Title", self.fiche["titre"])
        if self.fiche["sous_titre"]:
            self.paragraphe("Subtitle", self.fiche["sous_titre"])
        auteur = f" · {self.fiche['auteur']}" if self.fiche["auteur"] else ""
        _run(self.paragraphe("Normal"), self.fiche["etat"] + auteur, couleur=_GRIS)
        if self.fiche["sommaire"]:
            self.ecrire_sommaire()

    def encadrer(self, texte: str, couleur: RGBColor) -> None:
        paragraphe = self.paragraphe("Normal")
        paragraphe.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(paragraphe, texte, gras=True, couleur=couleur)
        cotes = "".join(
            f'<w:{cote} w:val="single" w:sz="8" w:space="4" w:color="{couleur}"/>'
            for cote in ("top", "left", "bottom", "right")
        )
        paragraphe._p.get_or_add_pPr().append(parse_xml(f"<w:pBdr {nsdecls('w')}>{cotes}</w:pBdr>"))
        _ranger(paragraphe._p.pPr)

    def ecrire_sommaire(self) -> None:
        """Champ TOC rempli d'avance, dans le cadre où Word propose « Mettre à jour la table »."""
        titres = [bloc for bloc in self.fiche["corps"] if bloc["type"] == "titre" and bloc["au_sommaire"]]
        paragraphes = [self.paragraphe("TOC Heading", "Sommaire")]
        for rang, titre in enumerate(titres, start=1):
            entree = self.paragraphe(f"toc {titre['niveau']}")
            if rang == 1:
                _morceau_de_champ(entree, "begin")
                _instruction(entree, ' TOC \\o "1-2" \\h \\z ')
                _morceau_de_champ(entree, "separate")
            renvoi = OxmlElement("w:hyperlink")
            renvoi.set(qn("w:anchor"), _signet(rang))
            renvoi.set(qn("w:history"), "1")
            run = _run(entree, titre["texte"])
            renvoi.append(run._r)
            entree._p.append(renvoi)
            if rang == len(titres):
                _morceau_de_champ(entree, "end")
            paragraphes.append(entree)
        cadre = parse_xml(
            f'<w:sdt {nsdecls("w")}><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
            "<w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent/></w:sdt>"
        )
        paragraphes[0]._p.addprevious(cadre)
        for paragraphe in paragraphes:
            cadre[1].append(paragraphe._p)
        self.saut = True

    # Blocs

    def get_identifiant(self, style: str, genre: Any = WD_STYLE_TYPE.PARAGRAPH) -> str | None:
        """L’identifiant d’un style, cherché une fois : python-docx relit sinon tous les styles à chaque paragraphe."""
        if style not in self.identifiants:
            self.identifiants[style] = self.word.part.get_style_id(style, genre)
        return self.identifiants[style]

    def paragraphe(self, style: str, texte: str = "") -> Any:
        paragraphe = self.word.add_paragraph(texte)
        identifiant = self.get_identifiant(style)
        if identifiant is not None:
            paragraphe._p.style = identifiant
        if self.saut:
            paragraphe.paragraph_format.page_break_before = True
            self.saut = False
        return paragraphe

    def ecrire_saut(self, bloc: Fiche) -> None:
        self.saut = True

    def ecrire_titre(self, bloc: Fiche) -> None:
        hors_sommaire = bloc["niveau"] == 2 and not bloc["au_sommaire"]
        paragraphe = self.paragraphe(
            _INTERTITRE if hors_sommaire else f"Heading {bloc['niveau']}", bloc["texte"]
        )
        if bloc["au_sommaire"]:
            self.signets += 1
            debut, fin = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
            for borne in (debut, fin):
                borne.set(qn("w:id"), str(self.signets))
            debut.set(qn("w:name"), _signet(self.signets))
            paragraphe._p.insert(1, debut)
            paragraphe._p.append(fin)

    def ecrire_paragraphe(self, bloc: Fiche) -> None:
        paragraphe = self.paragraphe("Normal")
        paragraphe.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        self.ecrire_morceaux(paragraphe, bloc["morceaux"])

    def ecrire_visas(self, bloc: Fiche) -> None:
        for element in bloc["elements"]:
            paragraphe = self.paragraphe("Normal")
            paragraphe.paragraph_format.left_indent, paragraphe.paragraph_format.first_line_indent = (
                Mm(6),
                Mm(-6),
            )
            self.ecrire_morceaux(paragraphe, element)

    def ecrire_liste(self, bloc: Fiche) -> None:
        numero = self.nouvelle_numerotation() if bloc["ordonnee"] else None
        for element in bloc["elements"]:
            paragraphe = self.paragraphe("List Number" if bloc["ordonnee"] else "List Bullet")
            if numero is not None:
                reglage = paragraphe._p.get_or_add_pPr().get_or_add_numPr()
                reglage.get_or_add_ilvl().val = 0
                reglage.get_or_add_numId().val = numero
            self.ecrire_morceaux(paragraphe, element)

    def nouvelle_numerotation(self) -> int:
        """Chaque liste numérotée repart de 1 (le style seul les enchaînerait toutes)."""
        numeros = self.word.part.numbering_part.element
        modele = self.word.styles["List Number"].element.pPr.numPr.numId.val
        abstrait = numeros.num_having_numId(modele).abstractNumId.val
        numero = numeros.add_num(abstrait)
        numero.add_lvlOverride(0).add_startOverride(1)
        return int(numero.numId)

    def ecrire_image(self, bloc: Fiche) -> None:
        png = _dessiner(bloc["svg"])
        if png is None:
            # Le texte de remplacement vaut mieux qu'un document refusé.
            _run(self.paragraphe("Normal"), f"[Image illisible\u00a0: {bloc['alt']}]", couleur=_GRIS)
            return
        paragraphe = self.paragraphe("Normal")
        paragraphe.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraphe.paragraph_format.keep_with_next = bool(bloc["legende"])
        image = paragraphe.add_run().add_picture(io.BytesIO(png))
        image.width, image.height = (
            Emu(round(cote * 914400 / _POINTS_PAR_POUCE)) for cote in _dimensions(png)
        )
        image._inline.docPr.set("descr", bloc["alt"])
        if bloc["legende"]:
            self.paragraphe("Caption", bloc["legende"])

    def ecrire_tableau(self, bloc: Fiche) -> None:
        legende = self.paragraphe("Caption")
        _run(legende, "Tableau ")
        _champ(legende, "SEQ Tableau \\* ARABIC", str(bloc["numero"]))
        _run(legende, f" — {bloc['legende']}")
        tableau = self.poser_grille(
            legende, bloc["legende"], bloc["entetes"], bloc["largeurs"], corps=9 * bloc["echelle"]
        )
        for cellule, alignement in zip(tableau.rows[0].cells, bloc["alignements"], strict=True):
            cellule.paragraphs[0].alignment = _COTES[alignement]
        for ligne, secable in zip(bloc["lignes"], bloc["secables"], strict=True):
            self.remplir(
                tableau.add_row(), ligne, bloc["alignements"], corps=9 * bloc["echelle"], secable=secable
            )
        if bloc["totaux"]:
            rangee = tableau.add_row()
            self.remplir(rangee, bloc["totaux"], bloc["alignements"], corps=9 * bloc["echelle"], gras=True)
            for cellule in rangee.cells:
                _ombrer(cellule)
        self.word.add_paragraph().paragraph_format.space_after = Pt(2)

    def ecrire_signatures(self, bloc: Fiche) -> None:
        legende = self.paragraphe("Caption", bloc["legende"])
        tableau = self.poser_grille(
            legende,
            f"Signatures\u00a0: {bloc['legende']}",
            bloc["entetes"],
            [0.27, 0.21, 0.23, 0.29],
            corps=9,
        )
        for ligne in bloc["lignes"]:
            rangee = tableau.add_row()
            rangee.height, rangee.height_rule = Mm(17), WD_ROW_HEIGHT_RULE.AT_LEAST
            self.remplir(rangee, [*ligne["cellules"], ligne["mention"]], ["gauche"] * 4, corps=9, vide="")
        self.word.add_paragraph().paragraph_format.space_after = Pt(2)

    def poser_grille(
        self, legende: Any, resume: str, entetes: list[str], largeurs: list[float], *, corps: float
    ) -> Any:
        legende.paragraph_format.keep_with_next = True
        tableau = self.word.add_table(rows=1, cols=len(entetes))
        tableau._tbl.tblStyle_val = self.get_identifiant("Table Grid", WD_STYLE_TYPE.TABLE)
        tableau.autofit, tableau.alignment = False, WD_TABLE_ALIGNMENT.LEFT
        proprietes = tableau._tbl.tblPr
        bordures = "".join(
            f'<w:{cote} w:val="single" w:sz="4" w:space="0" w:color="{_FILET}"/>'
            for cote in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        proprietes.append(parse_xml(f"<w:tblBorders {nsdecls('w')}>{bordures}</w:tblBorders>"))
        texte = OxmlElement("w:tblCaption")
        texte.set(qn("w:val"), resume)
        proprietes.append(texte)
        _ranger(proprietes)
        rangee = tableau.rows[0]
        for colonne, cellule, part in zip(tableau.columns, rangee.cells, largeurs, strict=True):
            colonne.width = cellule.width = Emu(int(_LARGEUR * part))
        drapeau = OxmlElement("w:tblHeader")
        drapeau.set(qn("w:val"), "true")
        _insecable(rangee)
        rangee._tr.get_or_add_trPr().append(drapeau)
        for cellule, entete in zip(rangee.cells, entetes, strict=True):
            _run(_serrer(cellule.paragraphs[0]), entete, gras=True, couleur=_BLEU, corps=corps)
            _ombrer(cellule)
        return tableau

    def remplir(
        self,
        rangee: Any,
        ligne: list[list[Fiche]],
        alignements: list[str],
        *,
        corps: float,
        gras: bool = False,
        secable: bool = False,
        vide: str = "—",
    ) -> None:
        if not secable:
            _insecable(rangee)
        for cellule, morceaux, alignement in zip(rangee.cells, ligne, alignements, strict=True):
            paragraphe = _serrer(cellule.paragraphs[0])
            paragraphe.alignment = _COTES[alignement]
            if morceaux:
                self.ecrire_morceaux(paragraphe, morceaux, corps=corps, gras=gras)
            elif not gras:
                _run(paragraphe, vide, couleur=_GRIS, corps=corps)

    def ecrire_morceaux(
        self, paragraphe: Any, morceaux: list[Fiche], *, corps: float | None = None, gras: bool = False
    ) -> None:
        for morceau in morceaux:
            run = _run(
                paragraphe, morceau["texte"], gras=gras or morceau["gras"] or morceau["manque"], corps=corps
            )
            run.italic = morceau["italique"] or None
            if morceau["manque"]:
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW
            if morceau["url"]:
                run.style = self.word.styles["Hyperlink"]
                lien = OxmlElement("w:hyperlink")
                lien.set(
                    qn("r:id"),
                    self.word.part.relate_to(morceau["url"], RELATIONSHIP_TYPE.HYPERLINK, is_external=True),
                )
                paragraphe._p.append(lien)
                lien.append(run._r)


def _dessiner(svg: str) -> bytes | None:
    """Le PNG d'un SVG, ou rien s'il est illisible."""
    try:
        return bytes(
            typst.compile(
                _DESSIN,
                sys_inputs={"svg": limiter_aux_polices(nettoyer(svg))},
                ignore_system_fonts=True,
                format="png",
                ppi=_POINTS_PAR_POUCE,
            )
        )
    except typst.TypstError:
        logger.exception("image illisible")
        return None


def _run(
    paragraphe: Any,
    texte: str,
    *,
    gras: bool = False,
    couleur: RGBColor | None = None,
    corps: float | None = None,
) -> Any:
    run = paragraphe.add_run(texte)
    run.bold = gras or None
    if couleur is not None:
        run.font.color.rgb = couleur
    if corps is not None:
        run.font.size = Pt(round(corps * 2) / 2)
    return run


def _morceau_de_champ(paragraphe: Any, genre: str) -> None:
    element = OxmlElement("w:fldChar")
    element.set(qn("w:fldCharType"), genre)
    paragraphe.add_run()._r.append(element)


def _instruction(paragraphe: Any, texte: str) -> None:
    element = OxmlElement("w:instrText")
    element.set(qn("xml:space"), "preserve")
    element.text = texte
    paragraphe.add_run()._r.append(element)


def _champ(paragraphe: Any, instruction: str, valeur: str) -> None:
    _morceau_de_champ(paragraphe, "begin")
    _instruction(paragraphe, f" {instruction} ")
    _morceau_de_champ(paragraphe, "separate")
    _run(paragraphe, valeur)
    _morceau_de_champ(paragraphe, "end")


def _signet(rang: int) -> str:
    return f"_Toc{rang:08d}"


def _taquet_droit(paragraphe: Any) -> None:
    taquets = paragraphe.paragraph_format.tab_stops
    taquets.add_tab_stop(_LARGEUR, WD_TAB_ALIGNMENT.RIGHT)
    for position in (Emu(2743200), Emu(5486400)):  # ceux du modèle, pour une page plus large
        taquets.add_tab_stop(position, WD_TAB_ALIGNMENT.CLEAR)


def _serrer(paragraphe: Any) -> Any:
    paragraphe.paragraph_format.space_before = paragraphe.paragraph_format.space_after = Pt(2)
    return paragraphe


def _ombrer(cellule: Any) -> None:
    cellule._tc.get_or_add_tcPr().append(
        parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{_FOND}"/>')
    )


def _insecable(rangee: Any) -> None:
    rangee._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))


# Word refuse parfois un fichier dont les réglages ne sont pas dans l'ordre du schéma.
_ORDRE = {
    "pPr": [
        "pStyle",
        "keepNext",
        "keepLines",
        "pageBreakBefore",
        "widowControl",
        "numPr",
        "pBdr",
        "shd",
        "tabs",
        "spacing",
        "ind",
        "jc",
    ],
    "tblPr": [
        "tblStyle",
        "tblW",
        "jc",
        "tblInd",
        "tblBorders",
        "tblLayout",
        "tblCellMar",
        "tblLook",
        "tblCaption",
        "tblDescription",
    ],
}


def _ranger(proprietes: Any) -> None:
    genre = proprietes.tag.split("}")[1]
    enfants = sorted(proprietes, key=lambda enfant: _ORDRE[genre].index(enfant.tag.split("}")[1]))
    for enfant in enfants:
        proprietes.append(enfant)


def _dimensions(png: bytes) -> tuple[int, int]:
    """Largeur et hauteur en points d'image, lues dans l'en-tête du PNG."""
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def _proprietes_propres(valeurs: dict[str, str]) -> bytes:
    lignes = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{rang}" name="{escape(nom)}">'
        f"<vt:lpwstr>{escape(valeur)}</vt:lpwstr></property>"
        for rang, (nom, valeur) in enumerate(valeurs.items(), start=2)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        f'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{lignes}</Properties>'
    ).encode()
