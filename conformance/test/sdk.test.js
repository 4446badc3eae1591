// @flowcore/sdk as a developer uses it, with nothing changed but the base URL.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DataCoreFetchCommand,
  EventListCommand,
  EventsFetchCommand,
  EventsFetchTimeBucketsByNamesCommand,
  EventTypeFetchCommand,
  EventTypeInfoCommand,
  EventTypeListCommand,
  FlowcoreClient,
  FlowTypeFetchCommand,
  FlowTypeListCommand,
  IngestBatchCommand,
  IngestEventCommand,
  TenantTranslateNameToIdCommand,
  TimeBucketListCommand,
} from '@flowcore/sdk';
import { key, startWorker } from './worker.js';

let worker;
let client;
let ids;

const target = { tenantName: 'acme', flowTypeName: 'orders', eventTypeName: 'order.placed' };

before(async () => {
  worker = await startWorker();
  client = new FlowcoreClient({ apiKey: key });
  client.setBaseUrl(worker.baseUrl);
  const dataCore = await client.execute(new DataCoreFetchCommand({ tenant: 'acme', dataCore: 'shop' }));
  const flowType = await client.execute(new FlowTypeFetchCommand({ dataCoreId: dataCore.id, flowType: 'orders' }));
  const eventType = await client.execute(new EventTypeFetchCommand({ flowTypeId: flowType.id, eventType: 'order.placed' }));
  ids = { dataCore: dataCore.id, flowType: flowType.id, eventType: eventType.id };
});

after(async () => {
  client.close();
  await worker.stop();
});

async function everyEvent() {
  const events = [];
  const { timeBuckets } = await client.execute(new TimeBucketListCommand({ tenant: 'acme', eventTypeId: ids.eventType }));
  for (const timeBucket of timeBuckets) {
    let cursor;
    do {
      const page = await client.execute(
        new EventListCommand({ tenant: 'acme', eventTypeId: ids.eventType, timeBucket, pageSize: 2, cursor }),
      );
      events.push(...page.events);
      cursor = page.nextCursor;
    } while (cursor);
  }
  return events;
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

test('the newest come first when asked for', async () => {
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

test('names and ids are looked up', async () => {
  const tenant = await client.execute(new TenantTranslateNameToIdCommand({ tenant: 'acme' }));
  assert.equal(tenant.name, 'acme');
  assert.equal((await client.execute(new FlowTypeListCommand({ dataCoreId: ids.dataCore }))).length, 1);
  const eventTypes = await client.execute(new EventTypeListCommand({ flowTypeId: ids.flowType }));
  assert.deepEqual(eventTypes.map((type) => type.name), ['order.placed', 'order.shipped']);
});

test('an error carries its status and the body of the contract', async () => {
  await assert.rejects(
    client.execute(
      new IngestEventCommand({ ...target, eventTypeName: 'order.lost', dataCoreId: 'shop', eventData: {} }),
    ),
    (error) => error.status === 404 && error.body.error === 'unknown_event_type',
  );
});
