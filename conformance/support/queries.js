// Reads events with the plain HTTP API, independently of the client under test.
import { key } from './worker.js';

export async function events(baseUrl, eventType) {
  const names = { tenant: 'acme', dataCoreId: 'shop', flowType: 'orders', eventTypes: [eventType] };
  const post = async (path, body) => {
    const response = await fetch(baseUrl + path, {
      method: 'POST',
      headers: { authorization: key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  const { timeBuckets } = await post('/api/v1/time-buckets/by-names', names);
  const found = [];
  for (const timeBucket of timeBuckets) {
    found.push(...(await post('/api/v1/events', { ...names, timeBucket })).events);
  }
  return found;
}
