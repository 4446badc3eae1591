// Tests @flowcore/pathways without changes except for the base URL.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { NoopLogger, PathwaysBuilder } from '@flowcore/pathways';
import { z } from 'zod';
import { events } from '../support/queries.js';
import { startFlakyProxy } from '../support/flaky.js';
import { key, startWorker } from '../support/worker.js';

let worker;
let proxy;
let pathways;

const fireAndForget = { options: { fireAndForget: true } };

before(async () => {
  worker = await startWorker();
  proxy = await startFlakyProxy(worker.baseUrl);
  pathways = new PathwaysBuilder({
    baseUrl: proxy.baseUrl, tenant: 'acme', dataCore: 'shop', apiKey: key, logger: new NoopLogger(),
  })
    .register({ flowType: 'orders', eventType: 'order.placed', schema: z.object({ n: z.number() }) })
    .register({ flowType: 'orders', eventType: 'order.shipped', isFilePathway: true });
});

after(async () => {
  await proxy.stop();
  await worker.stop();
});

test('written events are stored and delivered to their handler', async () => {
  const handled = [];
  pathways.handle('orders/order.placed', (event) => { handled.push(event.payload.n); });
  const id = await pathways.write('orders/order.placed', { data: { n: 1 }, metadata: { source: 'pathways' }, ...fireAndForget });
  const ids = await pathways.write('orders/order.placed', { batch: true, data: [{ n: 2 }, { n: 3 }], ...fireAndForget });

  const stored = await events(worker.baseUrl, 'order.placed');
  for (const event of stored) {
    await pathways.process('orders/order.placed', event);
  }

  assert.deepEqual(stored.map((event) => event.eventId), [id, ...ids].flat());
  assert.equal(stored[0].metadata.source, 'pathways');
  assert.deepEqual(handled, [1, 2, 3]);
});

test('a file is written in parts and its handler gets all parts', async () => {
  const content = randomBytes(1_000_000);
  const parts = [];
  pathways.handle('orders/order.shipped', (event) => { parts.push(event.payload); });
  await pathways.write('orders/order.shipped', {
    data: { fileId: 'f-1', fileName: 'label.bin', fileContent: content }, ...fireAndForget,
  });

  for (const event of await events(worker.baseUrl, 'order.shipped')) {
    await pathways.process('orders/order.shipped', event);
  }

  assert.deepEqual(parts.map((part) => part.part), [1, 2]);
  assert.deepEqual(Buffer.concat(parts.map((part) => Buffer.from(part.data, 'base64'))), content);
});

test('a write is retried when the worker is overloaded', async () => {
  proxy.busy(2);
  await pathways.write('orders/order.placed', { data: { n: 4 }, ...fireAndForget });

  assert.equal(proxy.rejected(), 2);
  assert.equal((await events(worker.baseUrl, 'order.placed')).at(-1).payload.n, 4);
});
