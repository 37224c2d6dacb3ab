"""split-complex: complex arithmetic becomes real arithmetic on pairs (re, im).

    func.func @main(%z: tensor<complex<f32>>)          func.func @main(%z: tensor<complex<f32>>) {
      %0 = "pb.mul"(%z, %z)                              %re = "pb.real"(%z)
      return %0                                 ==>      %im = "pb.imag"(%z)
                                                         ... re*re - im*im, re*im + im*re
                                                         %0 = "pb.complex"(%re2, %im2)
                                                         return %0

IREE's backends handle complex elements badly or not at all, so complex values exist only at the boundary of public
functions. Private functions (loop bodies, branches) take and return the parts; operations over functions ask
`Deriver.split_complex` for them. A module without complex values is returned as it is.
"""

from __future__ import annotations

from typing import Any

from pullback.dialects import types as T
from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Module, Op, Symbol, Value
from pullback.dialects.spec import NoRule, NoRuleError
from pullback.dialects.types import Aval

from .deriver import Deriver
from .expand import reachable
from .rewrite import frame, results_of


def _is_complex(v: Value) -> bool:
    return isinstance(v.aval, Aval) and T.is_complex(v.aval.dtype)


def has_complex(d: Deriver, name: str) -> bool:
    """Whether the function, or one that it references, has a complex value."""
    key = ("has_complex", name)
    memo = d.module.memo
    if key not in memo:
        memo[key] = False  # guards against recursion; functions do not recurse in a valid module
        func = d.module[name]
        memo[key] = any(map(_is_complex, func.args)) or any(_touches_complex(d, op) for op in func.ops)
    return memo[key]


def _touches_complex(d: Deriver, op: Op) -> bool:
    if any(map(_is_complex, op.results)) or any(map(_is_complex, op.operands)):
        return True
    return op.spec.regions is not None and any(has_complex(d, name) for name in op.spec.regions(op.attrs))


def _split_ops(d: Deriver, b: Builder, func: Func, env: dict[Value, Any]) -> None:
    """Emits the operations of `func` with complex values as pairs; `env` maps values and is updated."""
    for op in func.ops:
        b.loc = op.loc
        operands = [env[v] for v in op.operands]
        if not _touches_complex(d, op):
            env.update(zip(op.results, b.clone(op, operands).results))
            continue
        spec = op.spec
        rule = spec.split_complex
        if rule is None or isinstance(rule, NoRule):
            raise NoRuleError(f"{spec.name} has no form for complex numbers: {rule.why if rule else 'no rule'}", op.loc)
        avals = [r.aval for r in op.results]
        outs = rule(d, b, operands, op.attrs, avals) if spec.function else rule(b, operands, op.attrs, avals)
        env.update(zip(op.results, results_of(len(avals), outs), strict=True))


def split_private(d: Deriver, name: str) -> Symbol:
    """``f.split``: complex arguments and results as two real ones each, in place; `name` itself if nothing is complex."""
    if not has_complex(d, name):
        return Symbol(name)
    func = d.module[name]
    out = Func(f"{name}.split", func.loc)
    b = Builder(out.ops, func.loc)
    env: dict[Value, Any] = {}
    for a in func.args:
        if _is_complex(a):
            part = Aval(a.shape, T.real_of(a.dtype))
            env[a] = (out.add_arg(part), out.add_arg(part))
        else:
            env[a] = out.add_arg(a.aval)
    _split_ops(d, b, func, env)
    for v in func.results:
        out.results += env[v] if isinstance(env[v], tuple) else [env[v]]
    return d.add(out)


def _split_public(d: Deriver, func: Func) -> Func:
    """A public function keeps its complex arguments and results and is real inside."""
    if not has_complex(d, func.name):
        return func
    out = frame(func)
    b = Builder(out.ops, func.loc)
    env: dict[Value, Any] = {}
    arg_of: dict[Value, Value] = {}
    for a in func.args:
        env[a] = arg_of[a] = out.add_arg(a.aval)
    for a in func.args:
        if _is_complex(a):
            env[a] = (b.real(arg_of[a]), b.imag(arg_of[a]))
    _split_ops(d, b, func, env)
    b.loc = func.loc
    for v in func.results:
        if v in arg_of:
            out.results.append(arg_of[v])
        elif isinstance(env[v], tuple):
            out.results.append(b.complex(*env[v]))
        else:
            out.results.append(env[v])
    return out


def split_complex(module: Module) -> Module:
    d = Deriver(Module(module.funcs.values()))
    roots = [f.name for f in module.public]
    if not any(has_complex(d, name) for name in module.funcs):
        return module
    public = {name: _split_public(d, module[name]) for name in roots}
    private = [f for f in d.module.funcs.values() if f.name not in public]
    out = Module([public.get(name) or module[name] for name in module.funcs])
    for f in private:
        out.funcs.setdefault(f.name, f)
    if not roots:  # a library of private functions: keep both forms
        return out
    keep = reachable(out, roots)
    return Module([out[name] for name in keep])
