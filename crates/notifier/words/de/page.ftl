# Alles, was die Seite im Fenster sagt, außer dem, was Doorbell über das Netz und über Markierungen sagt.

## Überall

waiting = Warte auf Doorbell …
gone = Doorbell läuft nicht mehr
gone-more = Ihre Mitteilungen sind gespeichert. Sobald Doorbell wieder läuft, erscheint die Liste hier von selbst.
unreachable = Kein Weg zu Doorbell
unreachable-more = Dieses Fenster erreicht Doorbell nicht ({ $reason }). Schließen Sie es und öffnen Sie es wieder.
not-reached = Das ist nicht bei Doorbell angekommen ({ $reason }). Versuchen Sie es noch einmal.
no-reason = ohne Angabe eines Grundes
back = Zurück zur Liste
back-to-sign-in = Zurück zur Anmeldung
cancel = Abbrechen
close = Schließen
clear = Aufheben
dismiss = Ausblenden
retry = Erneut versuchen
try-again = Noch einmal versuchen
refresh = Aktualisieren
undo = Rückgängig

## Zeit

time-now = jetzt
time-minutes = { $n } Min.
time-hours = { $n } Std.
time-days = { $n } T.
since = { $what } seit { $time }

## Anmelden

sign-in-title = Bei einem Feed anmelden
sign-in = Anmelden
checking = Wird geprüft …
another-host = Anderer Server
public-key = Öffentlicher Schlüssel
public-key-hint = Im Knock-Dashboard unter Platform › API keys.
user = Benutzer
user-hint = Ihre Kennung in der Benutzerliste des Dashboards. Vergeben hat sie die Anwendung, die Sie benachrichtigt.
feed-channel = Feed-Kanal
feed-channel-hint = Im Dashboard unter Integrations › Channels: die Kennung des In-App-Feeds.
user-token = Benutzer-Token (freiwillig)
user-token-hint = Nur wo unter Platform › API keys die erhöhte Sicherheit eingeschaltet ist. Der Server der Anwendung signiert es.
host = Server
host-hint = Leer lassen für Knocks eigenen Dienst. Eine Region oder ein lokaler Emulator hat eine eigene Adresse.
invited = Ein Link hat das ausgefüllt: Prüfen Sie es, bevor Sie sich anmelden.
use-file = Datei verwenden …
connect-file = Verbindungsdatei
filled-in = Ausgefüllt aus { $from }. Prüfen Sie es und melden Sie sich an.
what-you-pasted = dem, was Sie eingefügt haben
no-account = Kein Knock-Konto? Führen Sie „cargo xtask demo“ aus, oder starten Sie „doorbell-emulator“ und fügen Sie dessen Zeile in ein Feld oben ein.

slip-key-missing = Geben Sie den öffentlichen Schlüssel ein; er beginnt mit pk_.
slip-key-secret = Das ist ein geheimer Schlüssel. Doorbell braucht den öffentlichen, der mit pk_ beginnt.
slip-key-other = Ein öffentlicher Schlüssel beginnt mit pk_.
slip-key-space = Im Schlüssel steht ein Leerzeichen. Kopieren Sie ihn noch einmal, in einem Stück.
slip-user-missing = Geben Sie Ihre Benutzerkennung ein.
slip-feed-missing = Geben Sie die Kennung des Feed-Kanals ein.
slip-feed-shape = Das ist keine Kanal-Kennung: fünf Gruppen aus Buchstaben und Ziffern, mit Bindestrichen verbunden.
slip-token-space = Im Token steht ein Leerzeichen. Kopieren Sie es noch einmal, in einer Zeile.
slip-host-space = In der Adresse steht ein Leerzeichen. Schreiben Sie sie in einem Stück, etwa https://api.knock.app.

file-large = Diese Datei ist zu groß für eine Verbindungsdatei. Wählen Sie die JSON-Datei, die Sie bekommen haben.
file-not-json = Diese Datei ist kein JSON. Wählen Sie die JSON-Datei, die Sie bekommen haben, oder füllen Sie das Formular aus.
file-not-text = In dieser Datei ist { $field } kein Text. Setzen Sie den Wert in Anführungszeichen.
file-no-fields = In dieser Datei steht keines der Felder: public_key, user_id, feed_id, user_token, host.
file-unreadable = Diese Datei ließ sich nicht lesen. Prüfen Sie, ob Sie sie öffnen dürfen, oder füllen Sie das Formular aus.

## Die Leiste

choose-feed = { $name }. Anderen Feed wählen
offline = offline
refused = abgelehnt
filter = Anzeigen
filter-all = Alle
filter-unread = Ungelesen
filter-read = Gelesen
filter-archived = Archiv
narrow = Liste eingrenzen
category = Kategorie
workflow = Workflow
tenant = Mandant
any = { $what }: alle
search = Suchen
search-hint = Suchen ( / )
search-placeholder = Im Geladenen suchen
search-close = Suche beenden

## Das Menü

more = Mehr
mark-all-read = Alle als gelesen markieren
archive-all = Alle archivieren
select = Mehrere auswählen …
pause = Hinweise pausieren …
pause-title = Hinweise pausieren
pause-minutes = Für { $n } Minuten
pause-hour = Für 1 Stunde
pause-tomorrow = Bis morgen
pause-open = Bis ich fortsetze
back-to-menu = Zurück
resume = Fortsetzen
preferences-open = Vorlieben
settings-open = Einstellungen
help-open = Tastenkürzel
add-account = Konto hinzufügen …
sign-out = Abmelden
sign-out-open = Abmelden …
sign-out-open-of = { $user } abmelden …
sign-out-question = Abmelden? Der Schlüssel verlässt den Schlüsselbund dieses Rechners. Ihre Mitteilungen bleiben bei Knock.
sign-out-question-of = { $user } abmelden? Der Schlüssel verlässt den Schlüsselbund dieses Rechners. Ihre Mitteilungen bleiben bei Knock.

## Wie es steht

list-may-be-old = Die Liste ist vielleicht nicht aktuell.
keeps-trying = Doorbell versucht es weiter.
refused-list-kept = Die Liste unten bleibt. Melden Sie sich mit einem gültigen neu an.
refused-more = Melden Sie sich mit einem gültigen neu an.
sign-in-again = Neu anmelden
paused = Hinweise sind pausiert.
paused-until = Hinweise sind bis { $time } pausiert.
quiet-hours = Ruhezeit: Hinweise warten.
quiet-hours-until = Ruhezeit bis { $time }: Hinweise warten.
so-far = bisher { $done }
done-of = { $done } von { $of }
branded = Bereitgestellt von Knock

## Die Liste

notifications = Mitteilungen
notification = Mitteilung
news = { $count } neu
unread-row = Ungelesen: { $words }
select-row = Auswählen: { $words }
mark-read = Als gelesen markieren
mark-unread = Als ungelesen markieren
archive = Archivieren
unarchive = Aus dem Archiv holen
activities = Woraus sie besteht
unfold = { $count } Neuigkeiten zeigen
fold = Neuigkeiten verbergen
and-more = und { $count } weitere
fetching-older = Ältere Mitteilungen werden geholt …
show-older = Ältere zeigen
search-older = Ältere durchsuchen
selection = Ausgewählte Mitteilungen
selection-end = Auswahl beenden
selected =
    { $count ->
        [0] Nichts ausgewählt
       *[other] { $count } ausgewählt
    }
read = Gelesen
unread = Ungelesen

fetching = Mitteilungen werden geholt …
connecting = Verbindung wird aufgebaut …
comes-with-connection = Die Liste kommt mit der Verbindung
no-list = Keine Liste
nothing-yet = Noch keine Mitteilungen
nothing-yet-more = Falls Sie welche erwarten, prüfen Sie den Benutzer „{ $user }“: Auch zu einem vertippten gehört ein leerer Feed.
nothing-unread = Nichts ungelesen
nothing-read = Nichts gelesen
nothing-archived = Nichts im Archiv
nothing-found = Nirgends steht „{ $words }“
nothing-matches = Nichts passt
search-loaded = Doorbell durchsucht die Mitteilungen, die geladen sind.
show-everything = Alles zeigen

## Tasten

help-title = Tastenkürzel
help-move = Nächste und vorige Mitteilung
help-ends = Erste und letzte
help-open-item = Öffnen
help-read = Als gelesen markieren
help-unread = Als ungelesen markieren
help-archive = Archivieren oder aus dem Archiv holen
help-select = Auswählen oder auslassen
help-range = Alles bis hier auswählen
help-undo = Rückgängig
help-search = Suchen
help-escape = Suche oder Auswahl beenden
help-help = Diese Tastenkürzel

## Vorlieben

preferences = Vorlieben
preferences-whose = Was Knock { $user } mitteilen darf, hier und auf jedem anderen Gerät.
preferences-fetching = Vorlieben werden geholt …
preferences-saving = Wird gespeichert …
preferences-none = Noch gibt es nichts zu schalten. Was zur Wahl steht, bestimmt, wer die Mitteilungen sendet.
preferences-categories = Kategorien
preferences-workflows = Workflows
preferences-channels = Kanäle
depends = Nur für manche Kanäle oder Bedingungen eingeschaltet. Wer hier schaltet, ersetzt sie.
channel-in-app = In-App-Feed
channel-email = E-Mail
channel-sms = SMS
channel-push = Push
channel-chat = Chat
channel-http = Webhook

## Einstellungen

settings = Einstellungen
settings-unread = Die Einstellungen ließen sich nicht lesen ({ $reason }).
complaints = Einige Zeilen der Einstellungsdatei gelten nicht; der Rest gilt.

group-general = Allgemein
language = Sprache
language-system = Wie das System
start-at-login = Beim Anmelden starten
start-at-login-hint = Ohne dieses Fenster zu öffnen.
shortcut = Tastenkürzel, das dieses Fenster öffnet
shortcut-hint = Etwa Ctrl+Alt+D. Leer lassen für keines.

group-tray = Infobereich
badge = Zählen
badge-hint = Ungelesen heißt nicht gelesen; ungesehen heißt Ihnen noch nicht gezeigt.
badge-unread = Ungelesene
badge-unseen = Ungesehene
tray-style = Zeigen als
tray-number = Zahl
tray-dot = Punkt
tray-none = Nichts
tray-theme = Symbol
tray-colour = In Farbe
tray-light = Hell, für eine dunkle Leiste
tray-dark = Dunkel, für eine helle Leiste

group-toasts = Hinweise
toasts = Hinweise zeigen
toasts-hint = Ohne sie zählt der Infobereich weiter.
sound = Ton abspielen
private = Inhalte nicht zeigen
private-hint = Ein Hinweis sagt „Neue Mitteilung“ und sonst nichts.
quiet-hours-setting = Ruhezeit
quiet-hours-hint = Hinweise warten; danach erzählt eine Zusammenfassung von ihnen.
quiet-from = Von
quiet-to = Bis
rules = Regeln
rules-hint = Was zu Mitteilungen eines Workflows oder einer Kategorie gesagt wird. Schreiben Sie die Schlüssel wie Knock, etwa new-comment; die erste passende Regel gilt.
rule = Regel { $number }
rule-any = alle
rule-tell = Melden durch
rule-toast = Hinweis
rule-badge = Nur die Zahl
rule-ignore = Nichts
rule-remove = Entfernen
rule-remove-number = Regel { $number } entfernen
rule-add = Regel hinzufügen

group-privacy = Privates
avatars = Bilder von Personen zeigen
avatars-hint = Doorbell holt sie von dort, wo sie liegen, und hebt sie hier auf.
keep-contents = Mitteilungen auf diesem Rechner aufheben
keep-contents-hint = Damit die Liste sofort da ist, auch ohne Netz.

group-network = Netz und Protokoll
proxy = Proxy
proxy-system = Wie das System
proxy-none = Keiner
proxy-given = Eine Adresse
proxy-address = Adresse des Proxys
proxy-hint = Ohne Passwort.
log-level = Protokoll
log-level-hint = Was Ihnen mitgeteilt wird, steht nie darin.
log-off = Nichts
log-error = Fehler
log-warn = Warnungen
log-info = Was man bemerken würde
log-debug = Entscheidungen
log-trace = Alles

group-file = Datei und Hilfe
file-hint = All das ist eine Textdatei, die sich auch von Hand ändern lässt.
file-open = Datei öffnen
file-not-opened = Die Datei ließ sich nicht öffnen ({ $reason }).
diagnostics = Diagnose kopieren
diagnostics-copied = Kopiert. Es steht kein Geheimnis darin.
diagnostics-by-hand = Dieses System lässt die Seite nicht kopieren. Der Text ist markiert: Kopieren Sie ihn selbst.
diagnostics-text = Diagnose
