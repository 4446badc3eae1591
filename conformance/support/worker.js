// Starts a worker with the launcher, on free ports and with an empty data directory. With FLOWCORE_CASSANDRA=host:port,
// its hot store is a new keyspace in that cluster.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = fileURLToPath(new URL('../../', import.meta.url));

export const key = 'fc_quickstart_for-trying-only-not-a-secret';

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function store() {
  const contactPoint = process.env.FLOWCORE_CASSANDRA;
  return contactPoint
    ? ['--store', 'cassandra', '--cassandra-contact-points', contactPoint, '--cassandra-datacenter', 'datacenter1',
      '--cassandra-keyspace', `c${randomUUID().replaceAll('-', '')}`, '--cassandra-replication', '1']
    : [];
}

export async function startWorker(...options) {
  const [port, managementPort] = [await freePort(), await freePort()];
  const data = await mkdtemp(join(tmpdir(), 'flowcore-conformance-'));
  const child = spawn(
    join(home, 'flowcore'),
    ['up', '--data', data, '--port', String(port), '--management-port', String(managementPort),
      '--resources', join(home, 'examples/quickstart'), ...store(), ...options],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FLOWCORE_SKIP_BUILD: '1' } },
  );
  let output = '';
  child.stderr.on('data', (text) => { output += text; });
  const exited = new Promise((resolve) => child.on('exit', resolve));
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => {
      output += text;
      if (output.includes('Stop with Ctrl-C')) {
        resolve();
      }
    });
    exited.then((code) => reject(new Error(`the worker exited with ${code}:\n${output}`)));
  });
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    /** Returns the value of a metric without labels; 0 if it has no value yet. */
    async metric(name) {
      const response = await fetch(`http://127.0.0.1:${managementPort}/observe/metrics`);
      const line = (await response.text()).split('\n').find((text) => text.startsWith(`${name} `));
      return line ? Number(line.slice(name.length + 1)) : 0;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      await rm(data, { recursive: true, force: true });
    },
  };
}
