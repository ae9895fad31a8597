# What Doorbell itself says: of the network, of marks, in the tray and in toasts. The page's words stand in page.ftl.

## The tray

open-doorbell = Open Doorbell
settings = Settings
quit = Quit
mark-all-read = Mark all read
pause = Pause notifications
pause-half-hour = For 30 minutes
pause-hour = For 1 hour
pause-tomorrow = Until tomorrow
pause-open = Until I resume
resume = Resume
resume-until = Resume (paused until { $time })
starting = Starting
keychain-unreadable = The keychain cannot be read
signed-out = Signed out
connecting = Connecting
connecting-count = Connecting, { $count } when last heard
offline-count = Offline, { $count } when last heard
some-offline = { $some } of { $all } accounts offline, { $count } when last heard
some-refused = Knock refused { $some } of { $all } accounts, { $count } when last heard
all-refused = Knock refused every account
unread = { $number ->
    [0] Nothing unread
   *[other] { $number } unread
}
unseen = { $number ->
    [0] Nothing unseen
   *[other] { $number } unseen
}
unread-within = { $number ->
    [0] nothing unread
   *[other] { $number } unread
}
unseen-within = { $number ->
    [0] nothing unseen
   *[other] { $number } unseen
}
synced = synced { $time }
paused = paused
paused-until = paused until { $time }
monday = Monday { $time }
tuesday = Tuesday { $time }
wednesday = Wednesday { $time }
thursday = Thursday { $time }
friday = Friday { $time }
saturday = Saturday { $time }
sunday = Sunday { $time }

## Toasts

new-notification = New notification
new-notifications = { $count ->
    [one] { $count } new notification
   *[other] { $count } new notifications
}
mark-read = Mark read

## How the connection stands

connected = Connected
connected-trouble = Connected, but the list could not be fetched: { $trouble }. Trying again by itself.
connecting-recalled = Connecting. The list is as it was when it was last heard.
connecting-again = Connecting again
offline = Offline. Doorbell connects again by itself.
offline-list = Offline. Doorbell connects again by itself; the list may be out of date.
offline-why = Offline: { $why }. Doorbell connects again by itself.
offline-why-list = Offline: { $why }. Doorbell connects again by itself; the list may be out of date.
refused-more = { $what }. Sign in again with a valid one.
refused-more-list = { $what }. The list below is kept. Sign in again with a valid one.
refused-token = There is no valid user token: { $trouble }
refused-key-or-token = Knock refused the key or the user token
refused-key = Knock refused the key
refused-feed = Knock does not let this user see this feed
refused-host = The host answers, but it is not Knock
marking-all = Marking all

## What was done, and what was not

undo-archived = { $count ->
    [one] Archived
   *[other] Archived { $count } items
}
undo-all-seen = Marked all as seen
undo-all-unseen = Marked all as unseen
undo-all-read = Marked all as read
undo-all-unread = Marked all as unread
undo-all-archived = Archived all
undo-all-unarchived = Took all out of the archive
link-not-opened = The link could not be opened: { $reason }. The item is as it was.
item-gone = That item is not in the list any more.
button-leads-nowhere = “{ $label }” does not lead to a web address, so Doorbell did not open it. The item is as it was. Other kinds of links can be allowed in the settings file.
mark-refused = Knock did not take the mark: { $failure }. The item is as it was.
preference-refused = Knock did not take the change: { $failure }. It is as it was.
preferences-unfetched = What you want to be told of could not be fetched: { $failure }.

## Signing in and out

signed-in = Signed in as { $user }.
signed-in-empty = Signed in as { $user }. This feed is empty. If you expected items, check the user id: a mistyped one has an empty feed too.
left-out-plain = The account on { $host } is left out: it is reached by plain http, which the setting allow_plain_http does not let there any more. The keychain keeps it.
keychain-locked = Doorbell could not read the keychain: { $reason }. Nothing in it was changed. Start or unlock it and try again, or sign in anew.
still-storing = An earlier sign-in is just being stored in the keychain. Wait for it, then try again.
keychain-refused = Knock took the sign-in, but the keychain did not: { $reason }. Nothing was stored. Unlock or start the keychain and try again.
signed-out-before = You signed out before the sign-in was done.
keychain-kept = You are signed out, but the keychain kept the credentials: { $reason }. Unlock it and remove the entry “doorbell” there.
no-token = There is no user token for this sign-in: { $trouble }. Check what the settings say of it, or enter a token here. Nothing was stored.
bad-key-or-token = Knock refused the public key or the user token. Check both, and that the token is signed for this user and has not expired. Nothing was stored.
bad-key = Knock refused the public key. Copy it again from Platform › API keys, of the environment that the feed belongs to. Nothing was stored.
bad-feed = Knock does not let this user join this feed. Check the feed channel id and the user id. Nothing was stored.
bad-host = This host answers, but not as Knock does. Check the address. Nothing was stored.
token-missing = This environment asks for a user token. Ask those who run the product for one signed for this user. Nothing was stored.
bad-token = Knock refused the user token. It must be signed for this user and not have expired. Nothing was stored.
unknown-feed = Knock does not know this feed channel. Copy its id from Integrations › Channels, of the same environment as the key. Nothing was stored.
not-accepted = Knock did not accept this: { $message }. Nothing was stored.
unreachable-host = { $host } could not be reached: { $reason }. Nothing was stored.
busy-host = { $host } cannot answer at the moment ({ $failure }). Try again in a minute. Nothing was stored.
strange-host = { $host } answers, but not as Knock does ({ $failure }). Check the address. Nothing was stored.
no-join = { $host } answers, but its live connection could not be joined in time. A proxy or firewall may block WebSockets. Nothing was stored.
no-answer = { $host } did not answer in time. Check the network and the address, then try again. Nothing was stored.
