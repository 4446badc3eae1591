// Common functions of the tests of @flowcore/sdk.
import {
  DataCoreFetchCommand,
  EventListCommand,
  EventTypeFetchCommand,
  FlowcoreClient,
  FlowTypeFetchCommand,
  TimeBucketListCommand,
} from '@flowcore/sdk';
import { key } from './worker.js';

/** Returns a client of a worker and the ids of the quickstart's resources. */
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

/** Returns all pages of all hours, each with the cursor that was used to read it. */
export async function pages(client, eventTypeId, pageSize) {
  const found = [];
  const { timeBuckets } = await client.execute(new TimeBucketListCommand({ tenant: 'acme', eventTypeId }));
  for (const timeBucket of timeBuckets) {
    let cursor;
    do {
      const response = await page(client, eventTypeId, timeBucket, pageSize, cursor);
      found.push({ timeBucket, cursor, events: response.events, next: response.nextCursor });
      cursor = response.nextCursor;
    } while (cursor);
  }
  return found;
}
