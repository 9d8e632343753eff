-- Trims a stream by what every consumer group has acknowledged. One atomic step, so no consumer can come between.
--   redis-cli --eval docs/consume/redis/trim.lua comapi.events
-- Gives the number of entries that were removed. A stream without a group is not trimmed.

local stream = KEYS[1]

-- Entries are named milliseconds-sequence. Text does not sort as they do.
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
  -- The last entry that was delivered, or an older one that was not acknowledged: a group that was set back has later ones.
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
  return redis.error_reply('ERR ' .. stream .. ' has no consumer group: nothing says what may go')
end
return redis.call('XTRIM', stream, 'MINID', first)
