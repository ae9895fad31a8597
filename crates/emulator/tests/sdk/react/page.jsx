// One export of `@knocklabs/react` at a time, as an application would use it: `?show=NAME`.

import * as knock from "@knocklabs/react";
import "@knocklabs/react/dist/index.css";
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";

const query = new URLSearchParams(location.search);
const [host, key, feed, user] = ["host", "key", "feed", "user"].map((name) => query.get(name));
const of = { objectId: "one", collection: query.get("collection") };

/** What every page of an application begins with. */
function Signed({ children }) {
  return (
    <knock.KnockProvider apiKey={key} host={host} user={{ id: user }} logLevel={undefined}>
      {children}
    </knock.KnockProvider>
  );
}

function WithFeed({ children }) {
  return (
    <Signed>
      <knock.KnockFeedProvider feedId={feed}>{children}</knock.KnockFeedProvider>
    </Signed>
  );
}

/**
 * Fetches, then listens: the client passes over news that come while it fetches. Some hooks listen from the first
 * moment, so the page says as long as it fetches.
 */
function useFetched(feedClient) {
  useEffect(() => {
    document.documentElement.dataset.fetching = "yes";
    feedClient
      .fetch()
      .then(() => feedClient.listenForUpdates())
      .finally(() => delete document.documentElement.dataset.fetching);
  }, [feedClient]);
}

/** Around what shows a feed that somebody else fetched. */
function Fetched({ children }) {
  useFetched(knock.useKnockFeed().feedClient);
  return children;
}

function Comments({ items }) {
  return (
    <ul>
      {items.map((item) => (
        <li key={item.id}>{item.data.comment}</li>
      ))}
    </ul>
  );
}

function Bell({ badgeCountType }) {
  const [isVisible, setVisible] = useState(false);
  const button = useRef(null);
  return (
    <>
      <knock.NotificationIconButton
        ref={button}
        badgeCountType={badgeCountType}
        onClick={() => setVisible(!isVisible)}
      />
      <knock.NotificationFeedPopover buttonRef={button} isVisible={isVisible} onClose={() => setVisible(false)} />
    </>
  );
}

function Items({ children }) {
  const { useFeedStore } = knock.useKnockFeed();
  return children(useFeedStore().items);
}

function Header() {
  const { feedClient } = knock.useKnockFeed();
  const [status, setStatus] = useState(knock.FilterStatus.All);
  useEffect(() => {
    feedClient.fetch({ status });
  }, [feedClient, status]);
  return <knock.NotificationFeedHeader filterStatus={status} setFilterStatus={setStatus} />;
}

function useOneFeed() {
  const one = knock.useNotifications(knock.useKnockClient(), feed, { archived: "exclude" });
  useFetched(one);
  return one;
}

const COMPONENTS = {
  KnockProvider: () => <Signed>{<Who />}</Signed>,
  KnockFeedProvider: () => <WithFeed><Fetched><Items>{(items) => <Comments items={items} />}</Items></Fetched></WithFeed>,
  NotificationFeed: () => <WithFeed><Listening /><knock.NotificationFeed /></WithFeed>,
  NotificationFeedContainer: () => (
    <WithFeed><knock.NotificationFeedContainer><knock.NotificationFeed /></knock.NotificationFeedContainer></WithFeed>
  ),
  NotificationFeedPopover: () => <WithFeed><Fetched><Bell /></Fetched></WithFeed>,
  NotificationIconButton: () => <WithFeed><Fetched><Bell badgeCountType="unread" /></Fetched></WithFeed>,
  NotificationFeedHeader: () => (
    <WithFeed><Header /><Items>{(items) => <Comments items={items} />}</Items></WithFeed>
  ),
  NotificationCell: () => (
    <WithFeed>
      <Fetched>
        <Items>{(items) => items.map((item) => <knock.NotificationCell key={item.id} item={item} onItemClick={() => {}} onButtonClick={() => {}} />)}</Items>
      </Fetched>
    </WithFeed>
  ),
  Avatar: () => (
    <WithFeed>
      <Fetched>
        <Items>{(items) => items.map(({ id, actors: [actor] }) => <knock.Avatar key={id} name={actor.name} src={actor.avatar} />)}</Items>
      </Fetched>
    </WithFeed>
  ),
  MarkAsRead: () => <WithFeed><Fetched><knock.MarkAsRead /></Fetched></WithFeed>,
  UnseenBadge: () => <WithFeed><Fetched><knock.UnseenBadge badgeCountType="unread" /></Fetched></WithFeed>,
  EmptyFeed: () => (
    <WithFeed><Fetched><Items>{(items) => (items.length === 0 ? <knock.EmptyFeed /> : <Comments items={items} />)}</Items></Fetched></WithFeed>
  ),
  KnockSlackProvider: () => <Slack />,
  SlackAuthButton: () => <Slack><knock.SlackAuthButton slackClientId="id" redirectUrl="http://127.0.0.1/" /></Slack>,
  SlackAuthContainer: () => <Slack><knock.SlackAuthContainer actionButton={<button>Connect</button>} /></Slack>,
  SlackChannelCombobox: () => <Slack><knock.SlackChannelCombobox slackChannelsRecipientObject={of} /></Slack>,
  KnockMsTeamsProvider: () => <Teams />,
  MsTeamsAuthButton: () => <Teams><knock.MsTeamsAuthButton graphApiClientId="id" redirectUrl="http://127.0.0.1/" /></Teams>,
  MsTeamsAuthContainer: () => <Teams><knock.MsTeamsAuthContainer actionButton={<button>Connect</button>} /></Teams>,
  MsTeamsChannelCombobox: () => <Teams><knock.MsTeamsChannelCombobox msTeamsChannelsRecipientObject={of} /></Teams>,
  KnockGuideProvider: () => <Guides />,
  Banner: () => <Guides><knock.Banner /></Guides>,
  Card: () => <Guides><knock.Card /></Guides>,
  Modal: () => <Guides><knock.Modal /></Guides>,
};

const HOOKS = {
  useAuthenticatedKnockClient: [null, function Authenticated() {
    const client = knock.useAuthenticatedKnockClient(key, { id: user, name: "From the hook" }, undefined, { host });
    return <Does call={() => client.user.identify({ plan: "team" })} />;
  }],
  useKnockClient: [Signed, function Client() {
    const client = knock.useKnockClient();
    return <Does call={() => client.user.identify({ plan: "team" })} />;
  }],
  useKnockAuthState: [Signed, function State() {
    const client = knock.useKnockClient();
    const { status, userId } = knock.useKnockAuthState(client);
    return <><output>{`${status} ${userId ?? ""}`}</output><Does call={() => client.logout()} /></>;
  }],
  useKnockFeed: [WithFeed, function Feed() {
    const { feedClient, useFeedStore } = knock.useKnockFeed();
    return <><Comments items={useFeedStore().items} /><Does call={() => feedClient.fetch()} /></>;
  }],
  useNotifications: [Signed, function Feed() {
    const one = useOneFeed();
    const [items, setItems] = useState([]);
    useEffect(() => one.store.subscribe(() => setItems(one.getState().items)), [one]);
    return <><Comments items={items} /><Does call={() => one.markAllAsRead()} /></>;
  }],
  useNotificationStore: [Signed, function Store() {
    const { items, metadata } = knock.useNotificationStore(useOneFeed());
    return <><Comments items={items} /><output>{metadata.unread_count}</output></>;
  }],
  useCreateNotificationStore: [Signed, function Store() {
    const useStore = knock.useCreateNotificationStore(useOneFeed());
    return <output>{useStore((state) => state.metadata.total_count)}</output>;
  }],
  useFeedSettings: [WithFeed, function Settings() {
    const { feedClient } = knock.useKnockFeed();
    const { settings, loading } = knock.useFeedSettings(feedClient);
    return <><output>{loading ? "" : JSON.stringify(settings)}</output><Does call={() => feedClient.fetch()} /></>;
  }],
  usePreferences: [Signed, function Preferences() {
    const { preferences, setPreferences } = knock.usePreferences();
    return (
      <>
        <output>{JSON.stringify(preferences?.workflows)}</output>
        <Does call={() => setPreferences({ workflows: { "new-comment": false } })} />
      </>
    );
  }],
  useKnockSlackClient: [Slack, () => <output>{knock.useKnockSlackClient().connectionStatus}</output>],
  useSlackConnectionStatus: [Signed, () => <output>{knock.useSlackConnectionStatus(knock.useKnockClient(), feed, "acme").connectionStatus}</output>],
  useSlackChannels: [Slack, () => <output>{knock.useSlackChannels({}).data.length}</output>],
  useSlackAuth: [Slack, () => <Does call={knock.useSlackAuth("id").disconnectFromSlack} />],
  useConnectedSlackChannels: [Slack, () => <output>{knock.useConnectedSlackChannels({ slackChannelsRecipientObject: of }).error}</output>],
  useKnockMsTeamsClient: [Teams, () => <output>{knock.useKnockMsTeamsClient().connectionStatus}</output>],
  useMsTeamsConnectionStatus: [Signed, () => <output>{knock.useMsTeamsConnectionStatus(knock.useKnockClient(), feed, "acme").connectionStatus}</output>],
  useMsTeamsTeams: [Teams, () => <output>{knock.useMsTeamsTeams({}).data.length}</output>],
  useMsTeamsChannels: [Teams, () => <output>{knock.useMsTeamsChannels({ teamId: "team" }).data.length}</output>],
  useMsTeamsAuth: [Teams, () => <Does call={knock.useMsTeamsAuth("id").disconnectFromMsTeams} />],
  useConnectedMsTeamsChannels: [Teams, () => <output>{knock.useConnectedMsTeamsChannels({ msTeamsChannelsRecipientObject: of }).error}</output>],
  useGuide: [Guides, () => <output>{String(knock.useGuide({ key: "tour" }).guide)}</output>],
  useGuides: [Guides, () => <output>{knock.useGuides({ type: "tour" }).guides.length}</output>],
};

/** A button that does what the hook is for. */
function Does({ call }) {
  return <button onClick={() => call()}>do</button>;
}

function Who() {
  const client = knock.useKnockClient();
  const [found, setFound] = useState(null);
  return <><output>{found?.name}</output><Does call={() => client.user.get().then(setFound)} /></>;
}

function Listening() {
  const { feedClient } = knock.useKnockFeed();
  useEffect(() => feedClient.listenForUpdates(), [feedClient]);
  return null;
}

function Slack({ children }) {
  return <Signed><knock.KnockSlackProvider knockSlackChannelId={feed} tenantId="acme">{children}</knock.KnockSlackProvider></Signed>;
}

function Teams({ children }) {
  return <Signed><knock.KnockMsTeamsProvider knockMsTeamsChannelId={feed} tenantId="acme">{children}</knock.KnockMsTeamsProvider></Signed>;
}

function Guides({ children }) {
  return <Signed><knock.KnockGuideProvider channelId={feed} readyToTarget listenForUpdates={false}>{children}</knock.KnockGuideProvider></Signed>;
}

const show = query.get("show");
const Shown = COMPONENTS[show] ?? shown(HOOKS[show]);

/** A component that calls the hook inside what the hook needs around it. */
function shown([Around, Hook]) {
  return Around ? () => <Around><Hook /></Around> : Hook;
}

createRoot(document.getElementById("root")).render(<Shown />);
