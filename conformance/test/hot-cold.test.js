// Tests that @flowcore/sdk reads the same events while they move from the hot store to the archive.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { IngestBatchCommand } from '@flowcore/sdk';
import { connect, page, pages } from '../support/sdk.js';
import { startWorker } from '../support/worker.js';

const HOURS_AGO = 3;
const HOT_SECONDS = 20;
const PAGE = 7;

let worker;
let client;
let ids;

before(async () => {
  worker = await startWorker('--archive-every', '15');
  ({ client, ids } = await connect(worker.baseUrl));
});

after(async () => {
  client.close();
  await worker.stop();
});

function ingest(events, eventTime, ttl) {
  return client.execute(new IngestBatchCommand({
    tenantName: 'acme', flowTypeName: 'orders', eventTypeName: 'order.placed', dataCoreId: 'shop', events, eventTime,
    metadata: { source: 'café', 'ttl-on/stored-event': String(ttl) },
  }));
}

/** Returns all pages as text, each with the cursor that was used to read it. */
async function readAll() {
  return (await pages(client, ids.eventType, PAGE)).map((found) => ({ ...found, events: JSON.stringify(found.events) }));
}

async function until(metric, value) {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (await worker.metric(metric) >= value) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`${metric} is ${await worker.metric(metric)} after a minute, not ${value}`);
}

test('events are equal when hot, partly archived and archived, and a cursor of the hot store continues in the archive', async () => {
  const hour = new Date(Date.now() - HOURS_AGO * 3_600_000);
  hour.setUTCMinutes(10, 0, 0);
  const payload = (n) => ({ n, amount: 12.5, text: 'naïve “quotes” \u2028 line', nested: [{ a: null }, [], {}], big: 'x'.repeat(n * 40) });
  const eventTimes = [0, 1, 2].map((minutes) => new Date(hour.getTime() + minutes * 60_000).toISOString());
  // All batches are in the same hour. The first and the last expire from the hot store soon; the second stays.
  await ingest(Array.from({ length: 10 }, (_, n) => payload(n)), eventTimes[0], HOT_SECONDS);
  await ingest(Array.from({ length: 10 }, (_, n) => payload(10 + n)), eventTimes[1], 86_400);
  await ingest(Array.from({ length: 10 }, (_, n) => payload(20 + n)), eventTimes[2], HOT_SECONDS);

  const hot = await readAll();
  assert.equal(await worker.metric('flowcore_archive_events_total'), 0, 'all events were read from the hot store');
  assert.equal(hot.length, 5);

  await until('flowcore_archive_events_total', 30);
  assert.deepEqual(await readAll(), hot);

  await until('flowcore_store_expired_events_total', 20);
  assert.deepEqual(await readAll(), hot);
  assert.ok(await worker.metric('flowcore_archive_frame_read_seconds_count') > 0, 'the archive was read');

  // Each cursor of the hot store continues at the same event, now with events in the hot store and in the archive.
  for (const { timeBucket, cursor, events, next } of hot) {
    const response = await page(client, ids.eventType, timeBucket, PAGE, cursor);
    assert.equal(JSON.stringify(response.events), events);
    assert.equal(response.nextCursor, next);
  }
});
