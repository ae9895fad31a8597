# Was Doorbell selbst sagt: vom Netz, von Markierungen, im Infobereich und in Hinweisen. Die Worte der Seite stehen in page.ftl.

## Im Infobereich

open-doorbell = Doorbell öffnen
settings = Einstellungen
quit = Beenden
mark-all-read = Alle als gelesen markieren
pause = Hinweise pausieren
pause-half-hour = Für 30 Minuten
pause-hour = Für 1 Stunde
pause-tomorrow = Bis morgen
pause-open = Bis ich fortsetze
resume = Fortsetzen
resume-until = Fortsetzen (pausiert bis { $time })
starting = Startet
keychain-unreadable = Der Schlüsselbund kann nicht gelesen werden
signed-out = Abgemeldet
connecting = Verbindet
connecting-count = Verbindet, zuletzt { $count }
offline-count = Offline, zuletzt { $count }
some-offline = { $some } von { $all } Konten offline, zuletzt { $count }
some-refused = Knock weist { $some } von { $all } Konten ab, zuletzt { $count }
all-refused = Knock weist jedes Konto ab
unread = { $number ->
    [0] Nichts ungelesen
   *[other] { $number } ungelesen
}
unseen = { $number ->
    [0] Nichts ungesehen
   *[other] { $number } ungesehen
}
unread-within = { $number ->
    [0] nichts ungelesen
   *[other] { $number } ungelesen
}
unseen-within = { $number ->
    [0] nichts ungesehen
   *[other] { $number } ungesehen
}
synced = Stand { $time }
paused = pausiert
paused-until = pausiert bis { $time }
monday = Montag { $time }
tuesday = Dienstag { $time }
wednesday = Mittwoch { $time }
thursday = Donnerstag { $time }
friday = Freitag { $time }
saturday = Samstag { $time }
sunday = Sonntag { $time }

## Hinweise

new-notification = Neue Benachrichtigung
new-notifications = { $count ->
    [one] { $count } neue Benachrichtigung
   *[other] { $count } neue Benachrichtigungen
}
mark-read = Gelesen

## Wie die Verbindung steht

connected = Verbunden
connected-trouble = Verbunden, aber die Liste konnte nicht geholt werden: { $trouble }. Doorbell versucht es von selbst wieder.
connecting-recalled = Verbindet. Die Liste ist, wie sie zuletzt war.
connecting-again = Verbindet wieder
offline = Offline. Doorbell verbindet sich von selbst wieder.
offline-list = Offline. Doorbell verbindet sich von selbst wieder; die Liste kann veraltet sein.
offline-why = Offline: { $why }. Doorbell verbindet sich von selbst wieder.
offline-why-list = Offline: { $why }. Doorbell verbindet sich von selbst wieder; die Liste kann veraltet sein.
refused-more = { $what }. Melden Sie sich mit gültigen Angaben neu an.
refused-more-list = { $what }. Die Liste bleibt erhalten. Melden Sie sich mit gültigen Angaben neu an.
refused-token = Es gibt kein gültiges User-Token: { $trouble }
refused-key-or-token = Knock weist den Schlüssel oder das User-Token ab
refused-key = Knock weist den Schlüssel ab
refused-feed = Knock lässt diese Person diesen Feed nicht sehen
refused-host = Der Server antwortet, ist aber nicht Knock
marking-all = Alle werden markiert

## Was getan wurde, und was nicht

undo-archived = { $count ->
    [one] Archiviert
   *[other] { $count } Einträge archiviert
}
undo-all-seen = Alle als gesehen markiert
undo-all-unseen = Alle als ungesehen markiert
undo-all-read = Alle als gelesen markiert
undo-all-unread = Alle als ungelesen markiert
undo-all-archived = Alle archiviert
undo-all-unarchived = Alle aus dem Archiv geholt
link-not-opened = Der Link konnte nicht geöffnet werden: { $reason }. Der Eintrag ist, wie er war.
item-gone = Dieser Eintrag ist nicht mehr in der Liste.
button-leads-nowhere = „{ $label }“ führt zu keiner Webadresse, deshalb hat Doorbell nichts geöffnet. Der Eintrag ist, wie er war. Andere Arten von Links lassen sich in der Einstellungsdatei erlauben.
mark-refused = Knock hat die Markierung nicht angenommen: { $failure }. Der Eintrag ist, wie er war.
preference-refused = Knock hat die Änderung nicht angenommen: { $failure }. Alles ist, wie es war.
preferences-unfetched = Wovon Sie hören möchten, konnte nicht geholt werden: { $failure }.

## An- und Abmelden

signed-in = Angemeldet als { $user }.
signed-in-empty = Angemeldet als { $user }. Dieser Feed ist leer. Wenn Sie Einträge erwartet haben, prüfen Sie die User-Id: auch eine vertippte hat einen leeren Feed.
left-out-plain = Das Konto auf { $host } bleibt weg: Es ist nur über unverschlüsseltes http erreichbar, und die Einstellung allow_plain_http lässt das dort nicht mehr zu. Der Schlüsselbund behält es.
keychain-locked = Doorbell konnte den Schlüsselbund nicht lesen: { $reason }. Darin wurde nichts geändert. Starten oder entsperren Sie ihn und versuchen Sie es wieder, oder melden Sie sich neu an.
still-storing = Eine frühere Anmeldung wird gerade im Schlüsselbund abgelegt. Warten Sie darauf, dann versuchen Sie es wieder.
keychain-refused = Knock hat die Anmeldung angenommen, der Schlüsselbund aber nicht: { $reason }. Nichts wurde abgelegt. Entsperren oder starten Sie den Schlüsselbund und versuchen Sie es wieder.
signed-out-before = Sie haben sich abgemeldet, bevor die Anmeldung fertig war.
keychain-kept = Sie sind abgemeldet, aber der Schlüsselbund hat die Zugangsdaten behalten: { $reason }. Entsperren Sie ihn und entfernen Sie dort den Eintrag „doorbell“.
no-token = Für diese Anmeldung gibt es kein User-Token: { $trouble }. Prüfen Sie, was die Einstellungen dazu sagen, oder geben Sie hier eines ein. Nichts wurde abgelegt.
bad-key-or-token = Knock weist den öffentlichen Schlüssel oder das User-Token ab. Prüfen Sie beide, und ob das Token für diese User-Id signiert und noch gültig ist. Nichts wurde abgelegt.
bad-key = Knock weist den öffentlichen Schlüssel ab. Kopieren Sie ihn noch einmal aus Platform › API keys, aus der Umgebung, zu der der Feed gehört. Nichts wurde abgelegt.
bad-feed = Knock lässt diese Person diesem Feed nicht beitreten. Prüfen Sie die Id des Feed-Kanals und die User-Id. Nichts wurde abgelegt.
bad-host = Dieser Server antwortet, aber nicht wie Knock. Prüfen Sie die Adresse. Nichts wurde abgelegt.
token-missing = Diese Umgebung verlangt ein User-Token. Bitten Sie die Betreiber des Produkts um eines, das für diese User-Id signiert ist. Nichts wurde abgelegt.
bad-token = Knock weist das User-Token ab. Es muss für diese User-Id signiert und noch gültig sein. Nichts wurde abgelegt.
unknown-feed = Knock kennt diesen Feed-Kanal nicht. Kopieren Sie seine Id aus Integrations › Channels, aus derselben Umgebung wie der Schlüssel. Nichts wurde abgelegt.
not-accepted = Knock hat das nicht angenommen: { $message }. Nichts wurde abgelegt.
unreachable-host = { $host } war nicht zu erreichen: { $reason }. Nichts wurde abgelegt.
busy-host = { $host } kann gerade nicht antworten ({ $failure }). Versuchen Sie es in einer Minute wieder. Nichts wurde abgelegt.
strange-host = { $host } antwortet, aber nicht wie Knock ({ $failure }). Prüfen Sie die Adresse. Nichts wurde abgelegt.
no-join = { $host } antwortet, aber die laufende Verbindung kam nicht rechtzeitig zustande. Ein Proxy oder eine Firewall lässt vielleicht keine WebSockets durch. Nichts wurde abgelegt.
no-answer = { $host } hat nicht rechtzeitig geantwortet. Prüfen Sie Netz und Adresse, dann versuchen Sie es wieder. Nichts wurde abgelegt.
