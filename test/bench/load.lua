-- wrk script: posts prepared signed bodies in turn, and prints what it saw as JSON.
local requests = {}
local at = 0

function init(args)
  for line in io.lines(args[1]) do
    local headers = { ["Content-Type"] = "application/json", ["X-Comapi-Signature"] = line:sub(1, 40) }
    requests[#requests + 1] = wrk.format("POST", "/webhook", headers, line:sub(42))
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  -- wrk counts an answer of another status among the requests and among the errors.
  io.write(string.format(
    '\nJSON{"requests":%d,"durationUs":%d,"failures":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests - errors.status, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
