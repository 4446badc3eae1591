// Tests @flowcore/sdk-transformer-core without changes except for the base URL.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import transformerCore from '@flowcore/sdk-transformer-core';
import { startFlakyProxy } from '../support/flaky.js';
import { events } from '../support/queries.js';
import { key, startWorker } from '../support/worker.js';

const { WebhookBuilder } = transformerCore;

let worker;
let proxy;
let webhooks;

before(async () => {
  worker = await startWorker();
  proxy = await startFlakyProxy(worker.baseUrl);
  webhooks = new WebhookBuilder({ baseUrl: proxy.baseUrl, tenant: 'acme', dataCore: 'shop', apiKey: key })
    .withRetry({ maxAttempts: 3, attemptDelayMs: 10 })
    .factory();
});

after(async () => {
  await proxy.stop();
  await worker.stop();
});

test('send and sendBatch are stored with metadata and times', async () => {
  const webhook = webhooks().buildWebhook('orders', 'order.placed');
  const id = await webhook.send({ n: 1 }, { source: '日本' }, { eventTime: new Date('2026-01-01T00:00:00Z') });
  const ids = await webhook.sendBatch(
    [{ n: 2, at: '2026-01-02T00:00:00Z' }, { n: 3, at: '2026-01-03T00:00:00Z' }],
    { source: 'batch' },
    { eventTimeKey: 'at', validTime: new Date('2025-12-31T00:00:00Z') },
  );

  const stored = await events(worker.baseUrl, 'order.placed');

  assert.deepEqual(stored.map((event) => event.eventId), [id, ...ids]);
  assert.equal(stored[0].metadata.source, '日本');
  assert.deepEqual(stored.map((event) => event.timeBucket), ['20260101000000', '20260102000000', '20260103000000']);
  assert.equal(stored[2].validTime, '2025-12-31T00:00:00.000Z');
});

test('a file can be restored from its parts', async () => {
  const content = randomBytes(1_200_000);
  for (const additionalProperties of [undefined, { order: 7 }]) {
    const fileId = `f-${additionalProperties ? 'with' : 'without'}`;
    const ids = await webhooks()
      .buildFileWebhook('orders', 'order.shipped')
      .send({ fileId, fileType: 'label', fileName: 'label.bin', fileContent: new Blob([content]), additionalProperties });
    const parts = (await events(worker.baseUrl, 'order.shipped')).map((event) => event.payload).filter((part) => part.fileId === fileId);

    assert.equal(ids.length, 3);
    assert.deepEqual(parts.map((part) => part.part), [1, 2, 3]);
    assert.equal(parts[0].order, additionalProperties?.order);
    assert.deepEqual(Buffer.concat(parts.map((part) => Buffer.from(part.data, 'base64'))), content);
    assert.equal(parts[0].checksum, createHash('sha256').update(content).digest('hex'));
  }
});

test('a rejection is reported to the sender with its message', async () => {
  await assert.rejects(
    webhooks().buildWebhook('orders', 'order.lost').send({}),
    (error) => error.response.error === 'unknown_event_type' && error.response.message.includes('order.lost'),
  );
});

test('a predicate gets the acknowledged id', async () => {
  const seen = [];
  const id = await webhooks()
    .withPredicate({ predicate: async (eventId) => seen.push(eventId) > 0 })
    .buildWebhook('orders', 'order.placed')
    .send({ n: 4 });
  assert.deepEqual(seen, [id]);
});

test('a webhook retries when the worker is overloaded, and fails after its last attempt', async () => {
  proxy.busy(2);
  const id = await webhooks().buildWebhook('orders', 'order.placed').send({ n: 5 });
  assert.equal(proxy.rejected(), 2);
  assert.equal((await events(worker.baseUrl, 'order.placed')).at(-1).eventId, id);

  proxy.busy(100);
  await assert.rejects(webhooks().buildWebhook('orders', 'order.placed').send({ n: 6 }));
  assert.equal(proxy.rejected(), 3);
  proxy.busy(0);
});
