import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, runProcess, startProcess } from './processes.ts';
import { Unavailable } from './unavailable.ts';

export interface Docker {
  /** Runs `docker` with arguments, and gives what it wrote to standard output. */
  docker: (...args: readonly string[]) => Promise<string>;
  /** With what finds the daemon. */
  env: NodeJS.ProcessEnv;
  /** Whether it was started here: then it has no images yet, and may be given any. */
  isOwn: boolean;
  close: () => Promise<void>;
}

/** The network that a daemon makes and leaves behind. */
const BRIDGE = 'docker0';

/** Runs a daemon until standard input ends, so that it never outlives its parent, and removes what it leaves behind. */
const WHILE_INPUT_IS_OPEN = `
trap : TERM INT
"$@" & daemon=$!
cat >/dev/null
kill $daemon
wait $daemon
[ -n "$KEEP_BRIDGE" ] || ip link delete ${BRIDGE}
`;

const cli =
  (env: NodeJS.ProcessEnv, limit: number): Docker['docker'] =>
  (...args) =>
    runProcess(['docker', ...args], { env, limit });

const answers = (env: NodeJS.ProcessEnv): Promise<boolean> =>
  cli(
    env,
    20,
  )('version').then(
    () => true,
    () => false,
  );

/**
 * The Docker daemon that runs already, or else one of our own, which keeps all its data in a folder.
 *
 * @param folder for a daemon of our own; it must not exist yet
 * @throws {Unavailable} where none runs and none can be started
 */
export const startDocker = async (folder: string, env: NodeJS.ProcessEnv): Promise<Docker> => {
  if (await answers(env)) return { docker: cli(env, 200), env, isOwn: false, close: async () => {} };
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Unavailable('no Docker daemon runs, and only root on Linux may start one');

  await mkdir(folder);
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const dockerd = [
    ...['dockerd', '--host', socket, '--pidfile', join(folder, 'pid'), '--shutdown-timeout', '5'],
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    // A container reaches this machine and nothing beyond it, and the rules of the firewall stay as they are.
    ...['--iptables=false', '--ip6tables=false', '--ip-masq=false', '--ip-forward=false'],
  ];
  const keepBridge = existsSync(`/sys/class/net/${BRIDGE}`) ? { KEEP_BRIDGE: 'yes' } : {};
  const daemon = startProcess(['sh', '-c', WHILE_INPUT_IS_OPEN, 'sh', ...dockerd], { env: { ...env, ...keepBridge } });
  let log = '';
  daemon.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const own = { ...env, DOCKER_HOST: socket };
  for (let tries = 0; tries < 40; tries += 1) {
    if (await answers(own)) return { docker: cli(own, 60), env: own, isOwn: true, close: () => endProcess(daemon) };
    if (/failed to start daemon|not found/.test(log)) break;
    await delay(500);
  }
  await endProcess(daemon);
  const [why = 'it does not answer'] = log.split('\n').filter((line) => /failed to start|not found/.test(line));
  throw new Unavailable(`no Docker daemon can be started here: ${why}`);
};
