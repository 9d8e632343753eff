import { type LuaState, lauxlib, lua, lualib } from 'fengari';
import { type Answer, CommandError, Encoded, noList } from '../answer.ts';

/** Redis runs Lua 5.1, the interpreter is one of 5.3. */
const older = 'local unpack = table.unpack';

/** Runs a command inside of a script. What it has changed stays when a later one fails. */
export type CallCommand = (words: readonly string[]) => Answer;

/**
 * Makes a script ready to run as Redis runs it: https://redis.io/docs/latest/develop/programmability/lua-api/. Text has one
 * character for each byte.
 *
 * @throws {CommandError} where it is not Lua; running it throws one for what a command was answered, or where it fails
 */
export function compileLua(text: string) {
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  let call: CallCommand;
  let refusal: CommandError | undefined;
  lua.lua_newtable(state);
  push(state, 'call');
  lua.lua_pushjsfunction(state, () => {
    const reply = call(readWords(state));
    if (reply instanceof CommandError) {
      refusal = reply;
      push(state, reply.message);
      return lua.lua_error(state);
    }
    push(state, reply);
    return 1;
  });
  lua.lua_rawset(state, -3);
  lua.lua_setglobal(state, toBytes('redis'));
  if (lauxlib.luaL_loadstring(state, toBytes(`${older} ${text}`)) !== lua.LUA_OK) {
    throw new CommandError(`ERR Error compiling script: ${toText(state, -1)}`);
  }

  return (keys: readonly string[], args: readonly string[], callCommand: CallCommand): Answer => {
    call = callCommand;
    refusal = undefined;
    push(state, keys);
    lua.lua_setglobal(state, toBytes('KEYS'));
    push(state, args);
    lua.lua_setglobal(state, toBytes('ARGV'));
    lua.lua_pushvalue(state, 1);
    try {
      if (lua.lua_pcall(state, 0, 1, 0) !== lua.LUA_OK) {
        throw refusal ?? new CommandError(`ERR Error running script: ${toText(state, -1)}`);
      }
      return read(state, -1);
    } finally {
      lua.lua_pop(state, 1);
    }
  };
}

/** The arguments of a call. Redis takes numbers, too. */
function readWords(state: LuaState): string[] {
  return Array.from({ length: lua.lua_gettop(state) }, (_, index) => toText(state, index + 1));
}

/** https://redis.io/docs/latest/develop/programmability/lua-api/#resp-to-lua-type-conversion */
function push(state: LuaState, value: Answer): void {
  if (typeof value === 'number') {
    lua.lua_pushinteger(state, value);
  } else if (typeof value === 'string') {
    const bytes = toBytes(value);
    lua.lua_pushlstring(state, bytes, bytes.length);
  } else if (value === null || value === noList) {
    lua.lua_pushboolean(state, false);
  } else if (value instanceof Encoded) {
    lua.lua_newtable(state);
    push(state, 'ok');
    push(state, value.bytes.slice(1, -2));
    lua.lua_rawset(state, -3);
  } else if (!(value instanceof CommandError)) {
    lua.lua_newtable(state);
    for (const [index, each] of value.entries()) {
      push(state, each);
      lua.lua_rawseti(state, -2, index + 1);
    }
  }
}

/** https://redis.io/docs/latest/develop/programmability/lua-api/#lua-to-resp2-type-conversion */
function read(state: LuaState, index: number): Answer {
  switch (lua.lua_type(state, index)) {
    case lua.LUA_TNUMBER:
      return Math.trunc(lua.lua_tonumber(state, index));
    case lua.LUA_TSTRING:
      return toText(state, index);
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(state, index) ? 1 : null;
    case lua.LUA_TTABLE:
      return readTable(state, index);
    default:
      return null;
  }
}

/** A table ends at the first `nil`; one with `ok` is a status. */
function readTable(state: LuaState, index: number): Answer {
  lua.lua_pushvalue(state, index);
  push(state, 'ok');
  lua.lua_rawget(state, -2);
  const status = read(state, -1);
  lua.lua_pop(state, 1);
  const answers: Answer[] = [];
  for (;;) {
    lua.lua_rawgeti(state, -1, answers.length + 1);
    if (lua.lua_type(state, -1) <= 0) {
      break;
    }
    answers.push(read(state, -1));
    lua.lua_pop(state, 1);
  }
  lua.lua_pop(state, 2);
  return typeof status === 'string' ? new Encoded(`+${status}\r\n`) : answers;
}

const toBytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const toText = (state: LuaState, index: number): string =>
  Buffer.from(lua.lua_tolstring(state, index)).toString('latin1');
