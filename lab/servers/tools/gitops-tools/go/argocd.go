package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
)

// Argo CD gives a script one second.
const luaTimeout = time.Second

// argoCD runs a health check as Argo CD does for a script from its ConfigMap: the global obj is the object, there
// is no library but the basic functions and those for tables, and what the script returns last is the health.
func argoCD(ctx context.Context, script string, object []byte) verdict {
	if script == "" {
		return verdict{Error: "there is no health check for this kind"}
	}
	ctx, cancel := context.WithTimeout(ctx, luaTimeout)
	defer cancel()
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	state.SetContext(ctx)
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		open := lua.P{Fn: state.NewFunction(library.open), Protect: true}
		if err := state.CallByParam(open, lua.LString(library.name)); err != nil {
			return failed(err)
		}
	}
	value, err := luajson.Decode(state, object)
	if err != nil {
		return failed(err)
	}
	state.SetGlobal("obj", value)
	if err := state.DoString(script); err != nil {
		return failed(err)
	}
	return healthOf(state.Get(-1))
}

func healthOf(returned lua.LValue) verdict {
	table, ok := returned.(*lua.LTable)
	if !ok {
		return failed(fmt.Errorf("the health check returned %s, and not a table", returned.Type()))
	}
	text, err := luajson.Encode(table)
	if err != nil {
		return failed(err)
	}
	var health struct{ Status, Message string }
	if err := json.Unmarshal(text, &health); err != nil {
		return failed(err)
	}
	return verdict{Status: health.Status, Message: health.Message}
}
