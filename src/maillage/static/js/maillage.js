// Petits conforts ; toutes les pages marchent sans.
// data-maillage-envoi-auto : un formulaire de filtres part quand une liste change.
for (const formulaire of document.querySelectorAll("[data-maillage-envoi-auto]")) {
  formulaire.addEventListener("change", (evenement) => {
    if (evenement.target.matches("select")) formulaire.requestSubmit();
  });
}
// Un bouton d’envoi ne part pas deux fois ; il resert quand on revient à la page par « Précédent ».
for (const formulaire of document.querySelectorAll("form[method=post]")) {
  formulaire.addEventListener("submit", (evenement) => {
    const bouton = evenement.submitter;
    if (bouton) setTimeout(() => { bouton.setAttribute("aria-disabled", "true"); bouton.disabled = true; }, 0);
  });
}
window.addEventListener("pageshow", (evenement) => {
  if (!evenement.persisted) return;
  for (const bouton of document.querySelectorAll("button[aria-disabled=true]")) {
    bouton.removeAttribute("aria-disabled");
    bouton.disabled = false;
  }
});
// Le résumé des erreurs reçoit le focus.
document.getElementById("erreurs")?.focus();
// data-maillage-imprimer : ouvre l’impression.
for (const bouton of document.querySelectorAll("[data-maillage-imprimer]")) {
  bouton.hidden = false;
  bouton.addEventListener("click", () => window.print());
}
// Avertit avant de quitter un long formulaire modifié.
for (const formulaire of document.querySelectorAll("[data-maillage-garde]")) {
  let modifie = false;
  formulaire.addEventListener("input", () => { modifie = true; });
  formulaire.addEventListener("submit", () => { modifie = false; });
  window.addEventListener("beforeunload", (evenement) => { if (modifie) evenement.preventDefault(); });
}
// data-maillage-direct : un morceau de page relu toutes les quinze secondes (le quorum d’une séance en cours), ou du
// nombre de secondes donné (un travail long) ; quand il n’est plus dans la page, la page entière se relit.
for (const morceau of document.querySelectorAll("[data-maillage-direct][id]")) {
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const reponse = await fetch(window.location.href, { headers: { "X-Requested-With": "maillage" } });
      if (!reponse.ok) return;
      const page = new DOMParser().parseFromString(await reponse.text(), "text/html");
      const neuf = page.getElementById(morceau.id);
      if (!neuf && morceau.dataset.maillageDirect) window.location.reload();
      else if (neuf && neuf.innerHTML !== morceau.innerHTML) morceau.innerHTML = neuf.innerHTML;
    } catch { /* réseau coupé : on garde ce qu’on montre */ }
  }, 1000 * (Number(morceau.dataset.maillageDirect) || 15));
}

// data-maillage-empreinte : l’empreinte d’un fichier se calcule ici ; seule elle part, le fichier reste chez la personne.
for (const formulaire of document.querySelectorAll("[data-maillage-empreinte]")) {
  formulaire.addEventListener("submit", async (evenement) => {
    const fichier = formulaire.querySelector("input[type=file]")?.files[0];
    if (!fichier || !window.crypto?.subtle) return;
    evenement.preventDefault();
    const somme = new Uint8Array(await crypto.subtle.digest("SHA-256", await fichier.arrayBuffer()));
    const empreinte = [...somme].map((octet) => octet.toString(16).padStart(2, "0")).join("");
    window.location.assign(`${formulaire.dataset.maillageEmpreinte}${empreinte}/`);
  });
}

// data-maillage-rafraichir="4" : un écran de salle se relit toutes les quatre secondes ; une coupure laisse la dernière image.
for (const ecran of document.querySelectorAll("[data-maillage-rafraichir]")) {
  setInterval(async () => {
    try {
      const reponse = await fetch(window.location.href, { headers: { Accept: "text/html" } });
      if (!reponse.ok) return;
      const page = new DOMParser().parseFromString(await reponse.text(), "text/html");
      const neuf = page.querySelector("[data-maillage-rafraichir]");
      if (neuf && neuf.innerHTML !== ecran.innerHTML) ecran.innerHTML = neuf.innerHTML;
    } catch {
      // Le réseau est coupé : on réessaie au tour suivant.
    }
  }, Number(ecran.dataset.maillageRafraichir) * 1000);
}
