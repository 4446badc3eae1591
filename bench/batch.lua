-- Batches of 500 events of about 300 bytes with a TTL of one minute. Each batch is in one of the first BENCH_HOURS hours of BENCH_DAY.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer fc_quickstart_for-trying-only-not-a-secret"
wrk.headers["x-flowcore-metadata-json"] = '{"ttl-on/stored-event":"60s"}'
local day = os.getenv("BENCH_DAY")
local hours = tonumber(os.getenv("BENCH_HOURS") or "24")
local batches = {}
math.randomseed(7)
for b = 1, 50 do
  local events = {}
  for e = 1, 500 do
    events[e] = string.format('{"orderId":"%08x-%04x","customer":{"id":%d,"name":"Ada Lovelace","country":"GB"},'
      .. '"lines":[{"sku":"A-%d","quantity":2,"price":%.2f},{"sku":"B-%d","quantity":1,"price":5.00}],'
      .. '"total":%.2f,"currency":"GBP","note":"leave at the door, please"}', math.random(0, 2 ^ 31 - 1), math.random(0, 65535),
      math.random(1, 99999), math.random(100, 999), math.random() * 100, math.random(100, 999), math.random() * 500)
  end
  batches[b] = "[" .. table.concat(events, ",") .. "]"
end
local n = 0
function request()
  n = n + 1
  wrk.headers["x-flowcore-event-time"] = string.format("%sT%02d:%02d:%02d.000Z", day, n % hours, math.floor(n / hours) % 60, n % 60)
  return wrk.format(nil, nil, nil, batches[n % 50 + 1])
end
