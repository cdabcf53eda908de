"""The policy a new deployment starts with, in plain words. `publish_policy` replaces it."""

DEFAULT_POLICY: dict[str, list[dict[str, str]]] = {
    "en": [
        {
            "heading": "It is your choice",
            "text": "Taking part is voluntary. Nobody may press you to share, and nothing happens to you if you do "
            "not: no appraisal, no pay decision and no promotion looks at this. We keep no list of people "
            "who said no.",
        },
        {
            "heading": "Say yes to each thing on its own",
            "text": "You can take part without telling us how many people follow you, and without standing on any "
            "list. Each further purpose has its own yes. You take any of them back with one click, at any "
            "time, and it counts at once, also for the past.",
        },
        {
            "heading": "What is counted",
            "text": "We count what you share through this portal and the clicks on the links made for it. We do not "
            "read your networks and do not watch your devices. You see your own numbers; everybody else, "
            "managers included, sees only groups large enough that nobody stands out.",
        },
        {
            "heading": "Your words are yours",
            "text": "Say what you think in your own words. Say that you work here when you write about our work. "
            "Keep secrets secret, and be fair to people and to other companies.",
        },
        {
            "heading": "What this does not touch",
            "text": "Talking with each other or in public about pay, hours, safety, how people are treated, or "
            "joining or forming a union is your right. Nothing in this policy limits it.",
        },
        {
            "heading": "When you leave, and when you want to be forgotten",
            "text": "When you leave, your name and address go from here; counts without your name stay. If you ask "
            "to be erased, what you did here is deleted as well. You can take a copy of everything we keep "
            "about you.",
        },
    ],
    "de": [
        {
            "heading": "Sie entscheiden",
            "text": "Mitmachen ist freiwillig. Niemand darf Sie zum Teilen drängen, und wenn Sie es lassen, "
            "geschieht Ihnen nichts: keine Beurteilung, keine Gehaltsentscheidung und keine Beförderung "
            "achtet darauf. Wir führen keine Liste von Menschen, die nein gesagt haben.",
        },
        {
            "heading": "Ein Ja für jede Sache",
            "text": "Sie können mitmachen, ohne uns zu sagen, wie viele Menschen Ihnen folgen, und ohne auf einer "
            "Liste zu stehen. Jeder weitere Zweck braucht ein eigenes Ja. Jedes nehmen Sie mit einem Klick "
            "zurück, jederzeit; es gilt sofort, auch für die Vergangenheit.",
        },
        {
            "heading": "Was gezählt wird",
            "text": "Wir zählen, was Sie über dieses Portal teilen, und die Klicks auf die Links dafür. Wir lesen "
            "Ihre Netzwerke nicht und beobachten Ihre Geräte nicht. Ihre Zahlen sehen Sie; alle anderen, "
            "auch Vorgesetzte, sehen nur Gruppen, in denen niemand einzeln auffällt.",
        },
        {
            "heading": "Ihre Worte gehören Ihnen",
            "text": "Sagen Sie in eigenen Worten, was Sie denken. Sagen Sie, dass Sie hier arbeiten, wenn Sie über "
            "unsere Arbeit schreiben. Bewahren Sie Geheimnisse, und seien Sie fair zu Menschen und anderen "
            "Firmen.",
        },
        {
            "heading": "Was das nicht berührt",
            "text": "Miteinander oder öffentlich über Bezahlung, Arbeitszeit, Sicherheit, den Umgang miteinander, "
            "Betriebsrat oder Gewerkschaft zu sprechen ist Ihr Recht. Nichts in diesen Regeln schränkt es "
            "ein.",
        },
        {
            "heading": "Wenn Sie gehen, und wenn Sie vergessen werden wollen",
            "text": "Wenn Sie gehen, verschwinden Name und Adresse; Zahlen ohne Ihren Namen bleiben. Wenn Sie "
            "gelöscht werden wollen, wird auch gelöscht, was Sie hier getan haben. Eine Kopie von allem, was"
            " wir über Sie haben, können Sie jederzeit mitnehmen.",
        },
    ],
    "es": [
        {
            "heading": "Usted decide",
            "text": "Participar es voluntario. Nadie puede presionarle para que comparta, y si no lo hace no le pasa"
            " nada: ninguna evaluación, ningún salario y ningún ascenso lo tiene en cuenta. No guardamos "
            "ninguna lista de quienes dijeron que no.",
        },
        {
            "heading": "Un sí para cada cosa",
            "text": "Puede participar sin decirnos cuántas personas le siguen y sin figurar en ninguna lista. Cada "
            "otro fin necesita su propio sí. Puede retirar cualquiera con un clic, en cualquier momento; "
            "vale enseguida, también para el pasado.",
        },
        {
            "heading": "Qué se cuenta",
            "text": "Contamos lo que comparte con este portal y los clics en sus enlaces. No leemos sus redes ni "
            "observamos sus dispositivos. Usted ve sus números; los demás, también sus superiores, solo ven "
            "grupos en los que no se distingue a nadie.",
        },
        {
            "heading": "Sus palabras son suyas",
            "text": "Diga lo que piensa con sus propias palabras. Diga que trabaja aquí cuando escriba sobre nuestro"
            " trabajo. Guarde los secretos y sea justo con las personas y con otras empresas.",
        },
        {
            "heading": "Lo que esto no toca",
            "text": "Hablar entre compañeros o en público de salario, horario, seguridad, trato o sindicatos es su "
            "derecho. Nada de esta política lo limita.",
        },
        {
            "heading": "Si se va, y si quiere que le olvidemos",
            "text": "Si se va, su nombre y su dirección desaparecen; los números sin su nombre quedan. Si pide que "
            "le borremos, se borra también lo que hizo aquí. Puede llevarse una copia de todo lo que "
            "guardamos sobre usted.",
        },
    ],
}
