// What every test of @flowcore/sdk begins with.
import {
  DataCoreFetchCommand,
  EventListCommand,
  EventTypeFetchCommand,
  FlowcoreClient,
  FlowTypeFetchCommand,
  TimeBucketListCommand,
} from '@flowcore/sdk';
import { key } from './worker.js';

/** A client of a worker, and the ids of what the quickstart declares. */
export async function connect(baseUrl) {
  const client = new FlowcoreClient({ apiKey: key });
  client.setBaseUrl(baseUrl);
  const dataCore = await client.execute(new DataCoreFetchCommand({ tenant: 'acme', dataCore: 'shop' }));
  const flowType = await client.execute(new FlowTypeFetchCommand({ dataCoreId: dataCore.id, flowType: 'orders' }));
  const eventType = await client.execute(new EventTypeFetchCommand({ flowTypeId: flowType.id, eventType: 'order.placed' }));
  return { client, ids: { dataCore: dataCore.id, flowType: flowType.id, eventType: eventType.id } };
}

export function page(client, eventTypeId, timeBucket, pageSize, cursor) {
  return client.execute(new EventListCommand({ tenant: 'acme', eventTypeId, timeBucket, pageSize, cursor }));
}

/** Every page of every hour, with the cursor that led to it. */
export async function pages(client, eventTypeId, pageSize) {
  const found = [];
  const { timeBuckets } = await client.execute(new TimeBucketListCommand({ tenant: 'acme', eventTypeId }));
  for (const timeBucket of timeBuckets) {
    let cursor;
    do {
      const answer = await page(client, eventTypeId, timeBucket, pageSize, cursor);
      found.push({ timeBucket, cursor, events: answer.events, next: answer.nextCursor });
      cursor = answer.nextCursor;
    } while (cursor);
  }
  return found;
}
