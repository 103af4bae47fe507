import { ActionIcon, AppShell, Burger, Button, Center, Group, Menu, ScrollArea, Stack, Text, Tooltip, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconActivity, IconBook, IconBolt, IconClipboardList, IconHierarchy2, IconInbox, IconMail, IconPlugConnected, IconRepeat, IconSettings, IconStack2, IconSunMoon, IconUser,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, type ComponentType } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { unresolved, useFollow, useLive } from './api/live';
import { may, useSession, type Role } from './api/session';
import { signOut } from './api/sign-in';
import { Asking, NameDialog, SignInAgain, SignInPage } from './ui/access';
import { Empty, Loading, State, Time } from './ui/basics';
import { compact } from './ui/format';

type PageOf = { path: string; name: string; icon: typeof IconActivity; page: ComponentType; role?: Role };

const pages: PageOf[] = [
  { path: '/', name: 'Overview', icon: IconActivity, page: lazy(() => import('./pages/Overview')) },
  { path: '/messages', name: 'Messages', icon: IconMail, page: lazy(() => import('./pages/Messages')) },
  { path: '/dead-letters', name: 'Dead letters', icon: IconInbox, page: lazy(() => import('./pages/Letters')) },
  { path: '/groups', name: 'Groups', icon: IconStack2, page: lazy(() => import('./pages/Groups')) },
  { path: '/replays', name: 'Replays', icon: IconRepeat, page: lazy(() => import('./pages/Replays')) },
  { path: '/breakers', name: 'Breakers', icon: IconBolt, page: lazy(() => import('./pages/Breakers')) },
  { path: '/downstreams', name: 'Downstreams', icon: IconPlugConnected, page: lazy(() => import('./pages/Downstreams')) },
  { path: '/actors', name: 'Actors', icon: IconHierarchy2, page: lazy(() => import('./pages/Actors')) },
  { path: '/audit', name: 'Audit', icon: IconClipboardList, page: lazy(() => import('./pages/Audit')), role: 'admin' },
  { path: '/settings', name: 'Settings', icon: IconSettings, page: lazy(() => import('./pages/Settings')), role: 'admin' },
];

const details: Pick<PageOf, 'path' | 'page' | 'role'>[] = [
  { path: '/messages/:id', page: lazy(() => import('./pages/Message')) },
  { path: '/dead-letters/:id', page: lazy(() => import('./pages/Letter')) },
  { path: '/replays/:id', page: lazy(() => import('./pages/Replay')) },
];

const links = {
  connecting: 'Connecting',
  live: 'Live',
  polling: 'Every 5 s',
  down: 'Not reachable',
};

/** How fresh the page is. */
function Connection() {
  const { link, since, live } = useLive();
  const about = {
    connecting: 'Connecting to the service.',
    live: 'Changes arrive as they happen.',
    polling: 'The live stream is not available; the page asks every five seconds.',
    down: 'The service does not answer. The page comes back by itself when it does.',
  }[link];
  return (
    <Tooltip label={about} multiline maw={260}>
      <Text size="sm" component="div" role="status" aria-live="polite" tabIndex={0} data-link={link}>
        <State name={link} word={links[link]} pulse={link === 'live' || link === 'connecting'} />
        {link === 'down' && live && (
          <Text span size="xs" c="dimmed" ml={6} className="wide">
            since <Time at={new Date(since).toISOString()} />
          </Text>
        )}
      </Text>
    </Tooltip>
  );
}

function Navigation({ close }: { close: () => void }) {
  const [location] = useLocation();
  const { live } = useLive();
  const { me } = useSession();
  const letters = live ? unresolved(live) : 0;
  const open = live?.system.breakers.filter(breaker => breaker.state !== 'CLOSED').length ?? 0;
  const counts: Record<string, number> = { '/dead-letters': letters, '/breakers': open };
  return (
    <nav aria-label="Pages">
      <Stack gap={2}>
        {pages.filter(page => may(me, page.role ?? 'read')).map(({ path, name, icon: IconOf }) => {
          const here = path === '/' ? location === '/' : location.startsWith(path);
          return (
            <Link key={path} href={path} className="nav" aria-current={here ? 'page' : undefined} onClick={close}>
              <IconOf size={18} stroke={1.7} aria-hidden />
              {name}
              {(counts[path] ?? 0) > 0 && (
                <Text span size="xs" c="dimmed" ml="auto" className="numbers">
                  {compact(counts[path]!)}
                </Text>
              )}
            </Link>
          );
        })}
      </Stack>
    </nav>
  );
}

function Person() {
  const { operator, me } = useSession();
  const queries = useQueryClient();
  const [naming, { open, close }] = useDisclosure();
  // A key has a name of its own.
  const name = me?.credential === 'key' ? me.name : operator;
  const { setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Menu position="bottom-end" width={180}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Appearance">
            <IconSunMoon size={19} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setColorScheme('auto')}>As the system says</Menu.Item>
          <Menu.Item onClick={() => setColorScheme('light')}>Light</Menu.Item>
          <Menu.Item onClick={() => setColorScheme('dark')}>Dark</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={name ? `You are ${name}` : 'You'}>
            <IconUser size={19} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {name || 'No name given'}, {me?.role}
          </Menu.Label>
          {me?.credential !== 'key' && <Menu.Item onClick={open}>Change the name</Menu.Item>}
          {me?.credential !== 'local' && <Menu.Item onClick={() => void signOut().then(() => queries.clear())}>Sign out</Menu.Item>}
          <Menu.Divider />
          <Menu.Item component="a" href="/docs/" leftSection={<IconBook size={16} />}>
            The API
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {naming && <NameDialog close={close} />}
    </>
  );
}

/** A page, for who may see it. */
function Guarded({ role, page: Content }: { role: Role; page: ComponentType }) {
  const { me } = useSession();
  return may(me, role) ? <Content /> : <Empty title={`This needs the role ${role}.`}>You are signed in with the role {me?.role}.</Empty>;
}

/** The console, or what comes before it. */
export function App() {
  const { state, me } = useSession();
  if (state === 'asking') return <Asking />;
  if (state === 'out') return <SignInPage />;
  if (may(me, 'read')) return <Console />;
  return (
    <Center mih="100vh" p="md" component="main">
      <Empty title={`This needs the role read.`}>
        The key that you signed in with may hand in messages and no more.
        <Button mt="md" variant="default" onClick={() => void signOut()}>
          Sign out
        </Button>
      </Empty>
    </Center>
  );
}

function Console() {
  useFollow();
  const [opened, { toggle, close }] = useDisclosure();
  const { link } = useLive();
  const [location] = useLocation();
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [location]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding={{ base: 'md', sm: 'xl' }}>
      <a className="skip" href="#main">
        To the content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={opened ? 'Hide the pages' : 'Show the pages'} />
            <img src="/favicon.svg" width="26" height="26" alt="" />
            <Text fw={650} className="wide">
              Orleans.DlqCluster
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Connection />
            <Person />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm">
        <ScrollArea>
          <Navigation close={close} />
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} style={{ outline: 'none' }}>
        <div style={{ maxWidth: 1280, marginInline: 'auto', opacity: link === 'down' ? 0.8 : 1, transition: 'opacity 200ms' }}>
          <Suspense fallback={<Loading />}>
            <Switch>
              {[...details, ...pages].map(({ path, page, role = 'read' }) => (
                <Route key={path} path={path}>
                  <Guarded role={role} page={page} />
                </Route>
              ))}
              <Route>
                <Empty title="There is nothing here.">The page that you followed a link to does not exist.</Empty>
              </Route>
            </Switch>
          </Suspense>
        </div>
      </AppShell.Main>
      <SignInAgain />
    </AppShell>
  );
}
