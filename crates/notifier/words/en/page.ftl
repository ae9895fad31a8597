# Everything the window's page says, but for what Doorbell says of the network and of marks.

## Anywhere

waiting = Waiting for Doorbell…
gone = Doorbell has stopped
gone-more = Your notifications are kept. As soon as Doorbell runs again, the list is back here by itself.
unreachable = No way to Doorbell
unreachable-more = This window cannot reach Doorbell ({ $reason }). Close it and open it again.
not-reached = That did not reach Doorbell ({ $reason }). Try it again.
no-reason = no reason given
back = Back to the list
back-to-sign-in = Back to signing in
cancel = Cancel
close = Close
clear = Clear
dismiss = Dismiss
retry = Retry
try-again = Try again
refresh = Refresh
undo = Undo

## Time

time-now = now
time-minutes = { $n } min
time-hours = { $n } h
time-days = { $n } d
since = { $what } since { $time }

## Signing in

sign-in-title = Sign in to a feed
sign-in = Sign in
checking = Checking…
another-host = Another host
public-key = Public key
public-key-hint = In the Knock dashboard under Platform › API keys.
user = User
user-hint = Your id in the dashboard’s list of users. The application that notifies you chose it.
feed-channel = Feed channel
feed-channel-hint = In the dashboard under Integrations › Channels: the id of the in-app feed.
user-token = User token (optional)
user-token-hint = Only where Platform › API keys has enhanced security on. The application’s server signs it.
host = Host
host-hint = Leave it empty for Knock’s own service. A region or a local emulator has its own address.
invited = A link filled this in: check it before you sign in.
use-file = Use a file…
connect-file = Connect file
filled-in = Filled in from { $from }. Look it over and sign in.
what-you-pasted = what you pasted
no-account = No Knock account? Run “cargo xtask demo”, or start “doorbell-emulator” and paste the line it prints into any field above.

slip-key-missing = Enter the public key; it starts with pk_.
slip-key-secret = That is a secret key. Doorbell needs the public one, which starts with pk_.
slip-key-other = A public key starts with pk_.
slip-key-space = There is a space inside the key. Copy it again, in one piece.
slip-user-missing = Enter your user id.
slip-feed-missing = Enter the id of the feed channel.
slip-feed-shape = That is no channel id: five groups of letters and digits, joined by hyphens.
slip-token-space = There is a space inside the token. Copy it again, in one line.
slip-host-space = There is a space inside the host. Write it in one piece, such as https://api.knock.app.

file-large = That file is too large for a connect file. Choose the JSON file you were given.
file-not-json = That file is not JSON. Choose the JSON file you were given, or fill in the form.
file-not-text = In that file, { $field } is not a text. Put it in quotes.
file-no-fields = That file has none of the fields in it: public_key, user_id, feed_id, user_token, host.
file-unreadable = That file could not be read. Check that you may open it, or fill in the form.

## The bar

choose-feed = { $name }. Choose another feed
offline = offline
refused = refused
filter = Show
filter-all = All
filter-unread = Unread
filter-read = Read
filter-archived = Archived
narrow = Narrow the list
category = Category
workflow = Workflow
tenant = Tenant
any = { $what }: any
search = Search
search-hint = Search ( / )
search-placeholder = Search what is loaded
search-close = End the search

## The menu

more = More
mark-all-read = Mark all read
archive-all = Archive all
select = Select several…
pause = Pause notifications…
pause-title = Pause notifications
pause-minutes = For { $n } minutes
pause-hour = For 1 hour
pause-tomorrow = Until tomorrow
pause-open = Until I resume
back-to-menu = Back
resume = Resume
preferences-open = Preferences
settings-open = Settings
help-open = Keyboard shortcuts
add-account = Add account…
sign-out = Sign out
sign-out-open = Sign out…
sign-out-open-of = Sign out { $user }…
sign-out-question = Sign out? The key leaves this computer’s keychain. Your notifications stay at Knock.
sign-out-question-of = Sign out { $user }? The key leaves this computer’s keychain. Your notifications stay at Knock.

## How it stands

list-may-be-old = The list may be out of date.
keeps-trying = Doorbell keeps trying.
refused-list-kept = The list below is kept. Sign in again with a valid one.
refused-more = Sign in again with a valid one.
sign-in-again = Sign in again
paused = Notifications are paused.
paused-until = Notifications are paused until { $time }.
quiet-hours = Quiet hours: toasts wait.
quiet-hours-until = Quiet hours until { $time }: toasts wait.
so-far = { $done } so far
done-of = { $done } of { $of }
branded = Powered by Knock

## The list

notifications = Notifications
notification = Notification
news = { $count } new
unread-row = Unread: { $words }
select-row = Select: { $words }
mark-read = Mark read
mark-unread = Mark unread
archive = Archive
unarchive = Take out of the archive
activities = What it is made of
unfold = Show { $count } updates
fold = Hide updates
and-more = and { $count } more
fetching-older = Fetching older notifications…
show-older = Show older
search-older = Look through older ones
selection = Selected notifications
selection-end = End selecting
selected =
    { $count ->
        [0] None selected
       *[other] { $count } selected
    }
read = Mark read
unread = Mark unread

fetching = Fetching notifications…
connecting = Connecting…
comes-with-connection = The list comes with the connection
no-list = No list to show
nothing-yet = No notifications yet
nothing-yet-more = If you expect some, check the user “{ $user }”: a mistyped one has an empty feed too.
nothing-unread = Nothing unread
nothing-read = Nothing read
nothing-archived = Nothing in the archive
nothing-found = Nothing says “{ $words }”
nothing-matches = Nothing matches
search-loaded = Doorbell looks through the notifications that are loaded.
show-everything = Show everything

## Keys

help-title = Keyboard shortcuts
help-move = Next and previous notification
help-ends = First and last
help-open-item = Open
help-read = Mark read
help-unread = Mark unread
help-archive = Archive, or take out of the archive
help-select = Select, or leave out
help-range = Select everything up to here
help-undo = Undo
help-search = Search
help-escape = End the search or the selection
help-help = These shortcuts

## Preferences

preferences = Preferences
preferences-whose = What Knock may tell { $user }, here and on every other device.
preferences-fetching = Fetching preferences…
preferences-saving = Saving…
preferences-none = There is nothing to switch yet. Whoever sends the notifications decides what can be chosen.
preferences-categories = Categories
preferences-workflows = Workflows
preferences-channels = Channels
depends = On for some channels or conditions only. Switching it here replaces them.
channel-in-app = In-app feed
channel-email = Email
channel-sms = Text message
channel-push = Push
channel-chat = Chat
channel-http = Webhook

## Settings

settings = Settings
settings-unread = The settings could not be read ({ $reason }).
complaints = Some lines of the settings file are left out; the rest holds.

group-general = General
language = Language
language-system = As the system
start-at-login = Start at login
start-at-login-hint = Without opening this window.
shortcut = Shortcut that opens this window
shortcut-hint = Such as Ctrl+Alt+D. Leave it empty for none.

group-tray = Tray
badge = Count
badge-hint = Unread are those not read; unseen are those not shown to you yet.
badge-unread = Unread
badge-unseen = Unseen
tray-style = Show it as
tray-number = A number
tray-dot = A dot
tray-none = Nothing
tray-theme = Icon
tray-colour = In colour
tray-light = Light, for a dark panel
tray-dark = Dark, for a light panel

group-toasts = Toasts
toasts = Show toasts
toasts-hint = Without them the tray still counts.
sound = Play a sound
private = Keep contents private
private-hint = A toast says “New notification” and nothing else.
quiet-hours-setting = Quiet hours
quiet-hours-hint = Toasts wait; one summary tells of them afterwards.
quiet-from = From
quiet-to = To
rules = Rules
rules-hint = What to tell of items of a workflow or a category. Write the keys as Knock does, such as new-comment; the first rule that fits holds.
rule = Rule { $number }
rule-any = any
rule-tell = Tell by
rule-toast = A toast
rule-badge = The count only
rule-ignore = Nothing
rule-remove = Remove
rule-remove-number = Remove rule { $number }
rule-add = Add a rule

group-privacy = Privacy
avatars = Show pictures of people
avatars-hint = Doorbell fetches them from where they are stored, and keeps them here.
keep-contents = Keep notifications on this computer
keep-contents-hint = So that the list is there at once, and offline.

group-network = Network and log
proxy = Proxy
proxy-system = As the system
proxy-none = None
proxy-given = An address
proxy-address = Address of the proxy
proxy-hint = Without a password.
log-level = Log
log-level-hint = What you are told is never logged.
log-off = Nothing
log-error = Errors
log-warn = Warnings
log-info = What a person would notice
log-debug = Decisions
log-trace = Everything

group-file = File and help
file-hint = All of this is one text file, which may also be edited by hand.
file-open = Open the file
file-not-opened = The file could not be opened ({ $reason }).
diagnostics = Copy diagnostics
diagnostics-copied = Copied. There is no secret in it.
diagnostics-by-hand = This system does not let the page copy. The text is selected: copy it yourself.
diagnostics-text = Diagnostics
