// Tests @flowcore/sdk without changes except for the base URL.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DataCoreExistsCommand,
  DataCoreFetchCommand,
  DataCoreListCommand,
  EventListCommand,
  EventsFetchCommand,
  EventsFetchTimeBucketsByNamesCommand,
  EventTypeExistsCommand,
  EventTypeFetchCommand,
  EventTypeInfoCommand,
  EventTypeListCommand,
  FlowcoreClient,
  FlowTypeExistsCommand,
  FlowTypeFetchCommand,
  FlowTypeListCommand,
  IngestBatchCommand,
  IngestEventCommand,
  TenantFetchCommand,
  TenantInstanceFetchCommand,
  TenantTranslateNameToIdCommand,
  TimeBucketListCommand,
} from '@flowcore/sdk';
import { startFlakyProxy } from '../support/flaky.js';
import { connect, pages } from '../support/sdk.js';
import { key, startWorker } from '../support/worker.js';

let worker;
let client;
let ids;

const target = { tenantName: 'acme', flowTypeName: 'orders', eventTypeName: 'order.placed' };

before(async () => {
  worker = await startWorker();
  ({ client, ids } = await connect(worker.baseUrl));
});

after(async () => {
  client.close();
  await worker.stop();
});

async function everyEvent() {
  return (await pages(client, ids.eventType, 2)).flatMap((page) => page.events);
}

test('one event and a batch are ingested and read back', async () => {
  const one = await client.execute(
    new IngestEventCommand({ ...target, dataCoreId: ids.dataCore, eventData: { n: 0 }, metadata: { source: 'café' } }),
  );
  assert.equal(one.success, true);
  const batch = await client.execute(
    new IngestBatchCommand({ ...target, dataCoreId: 'shop', events: [{ n: 1 }, { n: 2 }, { n: 3 }] }),
  );
  assert.equal(batch.eventIds.length, 3);

  const events = await everyEvent();

  assert.deepEqual(events.map((event) => event.eventId), [one.eventId, ...batch.eventIds]);
  assert.deepEqual(events.map((event) => event.payload), [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }]);
  assert.equal(events[0].metadata.source, 'café');
  assert.equal(events[0].flowType, 'orders');
  assert.equal(events[0].eventType, 'order.placed');
});

test('events are fetched by names', async () => {
  const names = { tenant: 'acme', dataCoreId: ids.dataCore, flowType: 'orders', eventTypes: ['order.placed'] };
  const { timeBuckets } = await client.execute(new EventsFetchTimeBucketsByNamesCommand(names));
  const pages = await Promise.all(
    timeBuckets.map((timeBucket) => client.execute(new EventsFetchCommand({ ...names, timeBucket }))),
  );
  assert.deepEqual(pages.flatMap((page) => page.events).map((event) => event.payload.n), [0, 1, 2, 3]);
});

test('the newest events come first in descending order', async () => {
  const { timeBuckets } = await client.execute(
    new TimeBucketListCommand({ tenant: 'acme', eventTypeId: ids.eventType, order: 'desc', pageSize: 1 }),
  );
  const { events } = await client.execute(
    new EventListCommand({ tenant: 'acme', eventTypeId: ids.eventType, timeBucket: timeBuckets[0], order: 'desc', pageSize: 1 }),
  );
  assert.deepEqual(events[0].payload, { n: 3 });
  const info = await client.execute(new EventTypeInfoCommand({ tenant: 'acme', eventTypeId: ids.eventType, limit: 2 }));
  assert.equal(info.lastEvents.length, 2);
  assert.deepEqual(info.lastEvents[0].payload, { n: 3 });
});

test('events are listed with every option', async () => {
  const all = await everyEvent();
  const [timeBucket] = (await client.execute(new TimeBucketListCommand({ tenant: 'acme', eventTypeId: ids.eventType }))).timeBuckets;
  const list = async (options) => {
    const page = await client.execute(new EventListCommand({ tenant: 'acme', eventTypeId: ids.eventType, timeBucket, ...options }));
    return page.events.map((event) => event.payload.n);
  };
  assert.deepEqual(await list({ fromEventId: all[1].eventId, toEventId: all[2].eventId }), [1, 2]);
  assert.deepEqual(await list({ afterEventId: all[1].eventId }), [2, 3]);
  assert.deepEqual(await list({ cursor: all[0].eventId, pageSize: 2 }), [1, 2]);
  assert.deepEqual(await list({ cursor: all[2].eventId, order: 'desc' }), [1, 0]);
  assert.deepEqual(await list({ includeSensitiveData: true, order: 'asc' }), [0, 1, 2, 3]);
  const shipped = await client.execute(new EventTypeFetchCommand({ flowTypeId: ids.flowType, eventType: 'order.shipped' }));
  assert.deepEqual(await list({ eventTypeId: [ids.eventType, shipped.id] }), [0, 1, 2, 3]);
});

test('time buckets are listed within bounds and in pages', async () => {
  const hours = ['2026-01-01T00:10:00Z', '2026-01-01T01:10:00Z', '2026-01-01T02:10:00Z'];
  for (const eventTime of hours) {
    await client.execute(new IngestEventCommand({
      ...target, eventTypeName: 'order.shipped', dataCoreId: 'shop', eventData: {}, eventTime, validTime: hours[0],
    }));
  }
  const shipped = await client.execute(new EventTypeFetchCommand({ flowTypeId: ids.flowType, eventType: 'order.shipped' }));
  const list = (options) => client.execute(new TimeBucketListCommand({ tenant: 'acme', eventTypeId: shipped.id, ...options }));
  const first = await list({ pageSize: 2 });
  assert.deepEqual(first.timeBuckets, ['20260101000000', '20260101010000']);
  assert.deepEqual((await list({ pageSize: 2, cursor: first.nextCursor })).timeBuckets, ['20260101020000']);
  assert.deepEqual(
    (await list({ fromTimeBucket: '20260101010000', toTimeBucket: '20260101010000' })).timeBuckets, ['20260101010000'],
  );
});

test('names and ids are looked up', async () => {
  const tenant = await client.execute(new TenantTranslateNameToIdCommand({ tenant: 'acme' }));
  assert.equal(tenant.name, 'acme');
  assert.equal((await client.execute(new TenantFetchCommand({ tenant: 'acme' }))).id, tenant.id);
  assert.equal((await client.execute(new TenantFetchCommand({ tenantId: tenant.id }))).name, 'acme');
  assert.equal((await client.execute(new TenantInstanceFetchCommand({ tenant: 'acme' }))).isDedicated, false);
  assert.equal((await client.execute(new TenantInstanceFetchCommand({ tenantId: tenant.id }))).isDedicated, false);
  assert.deepEqual(
    (await client.execute(new DataCoreListCommand({ tenantId: tenant.id }))).map((core) => core.name), ['shop'],
  );
  assert.equal((await client.execute(new DataCoreFetchCommand({ dataCoreId: ids.dataCore }))).name, 'shop');
  assert.equal((await client.execute(new FlowTypeFetchCommand({ flowTypeId: ids.flowType }))).name, 'orders');
  assert.equal((await client.execute(new EventTypeFetchCommand({ eventTypeId: ids.eventType }))).name, 'order.placed');
  assert.equal((await client.execute(new DataCoreExistsCommand({ dataCoreId: ids.dataCore }))).exists, true);
  assert.equal((await client.execute(new FlowTypeExistsCommand({ flowTypeId: ids.flowType }))).exists, true);
  assert.equal((await client.execute(new EventTypeExistsCommand({ eventTypeId: ids.dataCore }))).exists, false);
  assert.equal((await client.execute(new FlowTypeListCommand({ dataCoreId: ids.dataCore }))).length, 1);
  const eventTypes = await client.execute(new EventTypeListCommand({ flowTypeId: ids.flowType }));
  assert.deepEqual(eventTypes.map((type) => type.name), ['order.placed', 'order.shipped']);
});

test('a request is retried when the worker is overloaded', async () => {
  const proxy = await startFlakyProxy(worker.baseUrl);
  const patient = new FlowcoreClient({ apiKey: key, retry: { delay: 10, maxRetries: 3 } });
  patient.setBaseUrl(proxy.baseUrl);
  try {
    proxy.busy(3);
    const { timeBuckets } = await patient.execute(new TimeBucketListCommand({ tenant: 'acme', eventTypeId: ids.eventType }));
    assert.equal(timeBuckets.length, 1);
    assert.equal(proxy.rejected(), 3);
    proxy.busy(4);
    await assert.rejects(
      patient.execute(new TimeBucketListCommand({ tenant: 'acme', eventTypeId: ids.eventType })),
      (error) => error.status === 503 && error.body.error === 'overloaded',
    );
  } finally {
    await proxy.stop();
  }
});

test('an error has the documented status and body', async () => {
  await assert.rejects(
    client.execute(
      new IngestEventCommand({ ...target, eventTypeName: 'order.lost', dataCoreId: 'shop', eventData: {} }),
    ),
    (error) => error.status === 404 && error.body.error === 'unknown_event_type',
  );
});
