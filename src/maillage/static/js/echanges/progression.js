// Suit un import long : envoie le formulaire « Continuer » tant qu’il reste des actions. Sans script, le bouton suffit.
const formulaire = document.querySelector("[data-progression]");
if (formulaire) {
  const texte = document.getElementById("progres-texte");
  const barre = document.querySelector(".mg-progres");
  formulaire.querySelector("button").hidden = true;
  let echecs = 0;
  const avance = async () => {
    try {
      const reponse = await fetch(formulaire.action, { method: "POST", body: new FormData(formulaire), redirect: "follow" });
      if (!reponse.ok) throw new Error(String(reponse.status));
      const page = new DOMParser().parseFromString(await reponse.text(), "text/html");
      const nouvelle = page.querySelector(".mg-progres");
      if (!nouvelle) {
        window.location.reload();
        return;
      }
      const bouge = nouvelle.value !== barre.value;
      barre.value = nouvelle.value;
      texte.textContent = page.getElementById("progres-texte").textContent;
      echecs = 0;
      setTimeout(avance, bouge ? 50 : 1500);
    } catch {
      echecs += 1;
      if (echecs > 5) {
        formulaire.querySelector("button").hidden = false;
        return;
      }
      setTimeout(avance, 2000 * echecs);
    }
  };
  setTimeout(avance, 200);
}
