// What leaves the hot store for the archive, as @flowcore/sdk sees it: not at all.
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

/** Every page as text, with the cursor that led to it. */
async function walk() {
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

test('events read the same hot, in between, and cold, and a cursor from the hot store goes on in the archive', async () => {
  const hour = new Date(Date.now() - HOURS_AGO * 3_600_000);
  hour.setUTCMinutes(10, 0, 0);
  const payload = (n) => ({ n, amount: 12.5, text: 'naïve “quotes” \u2028 line', nested: [{ a: null }, [], {}], big: 'x'.repeat(n * 40) });
  const eventTimes = [0, 1, 2].map((minutes) => new Date(hour.getTime() + minutes * 60_000).toISOString());
  // Of the same hour, the first and the last batch leave the hot store soon; the second stays.
  await ingest(Array.from({ length: 10 }, (_, n) => payload(n)), eventTimes[0], HOT_SECONDS);
  await ingest(Array.from({ length: 10 }, (_, n) => payload(10 + n)), eventTimes[1], 86_400);
  await ingest(Array.from({ length: 10 }, (_, n) => payload(20 + n)), eventTimes[2], HOT_SECONDS);

  const hot = await walk();
  assert.equal(await worker.metric('flowcore_archive_events_total'), 0, 'all of it was read from the hot store');
  assert.equal(hot.length, 5);

  await until('flowcore_archive_events_total', 30);
  assert.deepEqual(await walk(), hot);

  await until('flowcore_store_expired_events_total', 20);
  assert.deepEqual(await walk(), hot);
  assert.ok(await worker.metric('flowcore_archive_frame_read_seconds_count') > 0, 'the archive was read');

  // Each cursor that the hot store gave out goes on at the same place, now on both sides of the seam.
  for (const { timeBucket, cursor, events, next } of hot) {
    const answer = await page(client, ids.eventType, timeBucket, PAGE, cursor);
    assert.equal(JSON.stringify(answer.events), events);
    assert.equal(answer.nextCursor, next);
  }
});
