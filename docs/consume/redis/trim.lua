-- Removes the entries of a stream that every consumer group has acknowledged. The script is atomic, so consumers cannot interfere.
--   redis-cli --eval docs/consume/redis/trim.lua comapi.events
-- Returns the number of removed entries. A stream without a consumer group is not trimmed.

local stream = KEYS[1]

-- Compares ids of the form milliseconds-sequence, whose order differs from that of text.
local function isBefore(a, b)
  local aMs, aSeq = string.match(a, '(%d+)-(%d+)')
  local bMs, bSeq = string.match(b, '(%d+)-(%d+)')
  if aMs ~= bMs then
    return tonumber(aMs) < tonumber(bMs)
  end
  return tonumber(aSeq) < tonumber(bSeq)
end

local first
for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local facts = {}
  for i = 1, #group, 2 do
    facts[group[i]] = group[i + 1]
  end
  -- Uses the last delivered entry, or an older pending one. A group that was set back can also have later pending entries.
  local id = facts['last-delivered-id']
  local pending = redis.call('XPENDING', stream, facts['name'])
  if pending[1] > 0 and isBefore(pending[2], id) then
    id = pending[2]
  end
  if first == nil or isBefore(id, first) then
    first = id
  end
end

if first == nil then
  return redis.error_reply('ERR ' .. stream .. ' has no consumer group, so no entry can be removed')
end
return redis.call('XTRIM', stream, 'MINID', first)
