"""Prints and callbacks, in program order, eager and compiled; checks for NaN and infinity that name operation and line; running
without compilation; names in the program."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest
from closeness import close

import pullback as pb
import pullback.numpy as pnp
from pullback import debug, lax

F = np.float32
X = np.array([1.0, -2.0], F)
BOTH = pytest.mark.parametrize("wrap", [lambda f: f, pb.jit], ids=["eager", "jit"])
LINES = pathlib.Path(__file__).read_text().split("\n")


def line(marker: str) -> int:
    """The number of the line of this file that ends with a marker."""
    return next(i for i, text in enumerate(LINES, 1) if text.endswith(f"#: {marker}"))


# Prints --------------------------------------------------------------------------------------------------------------------
def nested(x: Any) -> Any:
    """Prints around, in, and in a branch in, a loop."""
    debug.print("start {}", x)

    def body(c: Any, t: Any) -> Any:
        debug.print("c = {}, t = {t}", c, t=t)
        d = lax.cond(t > 0.5, lambda c: (debug.print("big {}", c), c * 2)[1], lambda c: c, c)
        return d + t, d

    y, _ = lax.scan(body, x, pnp.arange(3.0))
    debug.print("end {}", y)
    return y


NESTED = """start 1.0
c = 1.0, t = 0.0
c = 1.0, t = 1.0
big 1.0
c = 3.0, t = 2.0
big 3.0
end 8.0
"""


@BOTH
def test_print_in_program_order(wrap: Any, capsys: Any) -> None:
    for f in (nested, pb.grad(nested), lambda x: pb.jvp(nested, (x,), (1.0,)), pb.grad(pb.checkpoint(nested))):
        wrap(f)(1.0)
        assert capsys.readouterr().out == NESTED


def test_print_of_a_compiled_function_inside_an_eager_gradient(capsys: Any) -> None:
    f = pb.jit(nested)
    pb.grad(lambda x: f(x) * 2)(1.0)
    assert capsys.readouterr().out == NESTED
    pb.jit(lambda x: f(f(x) - 7))(1.0)
    assert capsys.readouterr().out == NESTED * 2
    f(1.0)
    f(1.0)
    assert capsys.readouterr().out == NESTED * 2


@BOTH
def test_print_for_each_example(wrap: Any, capsys: Any) -> None:
    def f(x: Any, y: Any) -> Any:
        debug.print("both {} {}", x, y)
        return lax.cond(x > 0, lambda x: (debug.print("positive {}", x), x)[1], lambda x: (debug.print("negative {}", x), x)[1], x)

    wrap(pb.vmap(f, (0, None)))(X, 5.0)
    assert capsys.readouterr().out.split("\n")[:2] == ["both 1.0 5.0", "both -2.0 5.0"]
    wrap(pb.vmap(pb.grad(f), (0, None)))(X, 5.0)
    lines = capsys.readouterr().out.strip().split("\n")
    assert sorted(lines[2:]) == ["negative -2.0", "positive 1.0"]  # only the branch that an example takes
    wrap(pb.vmap(pb.vmap(lambda x, y: (debug.print("{} {}", x, y), x)[1], (None, 0)), (0, None)))(X, X)
    assert capsys.readouterr().out == "1.0 1.0\n1.0 -2.0\n-2.0 1.0\n-2.0 -2.0\n"


def doubling(x: Any, **options: Any) -> Any:
    return lax.while_loop(
        lambda s: (debug.print("test {}", s), s < 10)[1], lambda s: (debug.print("body {}", s), s * 2)[1], x, **options
    )


@BOTH
def test_print_in_a_while_loop(wrap: Any, capsys: Any) -> None:
    lines = "test 3.0\nbody 3.0\ntest 6.0\nbody 6.0\ntest 12.0\n"
    for f in (doubling, lambda x: pb.jvp(doubling, (x,), (1.0,)), pb.grad(lambda x: doubling(x, max_steps=9))):
        wrap(f)(3.0)
        assert capsys.readouterr().out == lines
    wrap(pb.vmap(doubling))(np.array([3.0, 6.0], F))
    got = capsys.readouterr().out.strip().split("\n")
    # an example that is done prints no more
    assert got == [
        "test 3.0", "test 6.0", "body 3.0", "body 6.0", "test 6.0", "test 12.0", "body 6.0", "test 12.0",
    ]  # fmt: skip


def test_a_compiled_loop_keeps_a_bounded_number_of_lines(capsys: Any) -> None:
    pb.jit(lambda x: lax.while_loop(lambda s: s < 1500, lambda s: (debug.print("{}", s), s + 1)[1], x))(0)
    got = capsys.readouterr().out.strip().split("\n")
    assert got[:3] == ["0", "1", "2"] and got[998] == "998"
    assert got[999].startswith("... 500 times not shown") and f"test_debug.py:{test_line() + 1}" in got[999]
    assert got[1000:] == ["1499"]


def test_line() -> int:
    """The line of the test above."""
    return next(i for i, text in enumerate(LINES, 1) if text.startswith("def test_a_compiled_loop"))


test_line.__test__ = False  # type: ignore[attr-defined]


@BOTH
def test_print_in_rules_of_custom_derivatives(wrap: Any, capsys: Any) -> None:
    """The usual way to look at a gradient: an identity whose backward pass prints."""
    f = pb.custom_vjp(lambda x: x)
    f.defvjp(lambda x: (x, None), lambda _, ct: (debug.print("gradient {}", ct), (ct,))[1])
    close(wrap(pb.grad(lambda x: f(x) * 3))(2.0), 3.0)
    assert capsys.readouterr().out == "gradient 3.0\n"

    g = pb.custom_jvp(lambda x: (debug.print("primal {}", x), x * x)[1])
    g.defjvp(lambda primals, tangents: (g(*primals), tangents[0]))
    wrap(g)(2.0)
    assert capsys.readouterr().out == "primal 2.0\n"
    close(wrap(pb.grad(g))(2.0), 1.0)
    assert capsys.readouterr().out == "primal 2.0\n"


def test_formats(capsys: Any) -> None:
    def f(x: Any) -> None:
        debug.print("{} {!r} {:.2f} {d[a]} {text} {n}", x, (x, [x]), x, d={"a": x, "b": None}, text="as it is", n=3)
        debug.print("no arguments")

    out = "1.5 (Array(1.5, dtype=float32), [Array(1.5, dtype=float32)]) 1.50 1.5 as it is 3\nno arguments\n"
    for wrap in (lambda f: f, pb.jit):
        wrap(f)(F(1.5))
        assert capsys.readouterr().out == out
    debug.print("{}", pnp.arange(3), ordered=True)
    assert capsys.readouterr().out == "[0 1 2]\n"
    for kind, call in (
        (IndexError, lambda: debug.print("{} {}", 1)),
        (KeyError, lambda: debug.print("{x}")),
        (ValueError, lambda: debug.print("{}", 1, 2)),
        (ValueError, lambda: debug.print("", unused=1)),
        (TypeError, lambda: debug.print(1)),
    ):
        with pytest.raises(kind):
            call()
    debug.print("{}", 1, 2, skip_format_check=True)


def test_eval_shape_and_lowering_print_nothing(capsys: Any) -> None:
    assert pb.eval_shape(nested, 1.0).shape == ()
    lowered = pb.jit(nested).lower(1.0)
    assert '"pbfn.debug_print"' in lowered.as_text("trace") and "debug_print" not in lowered.as_text("pb")
    assert capsys.readouterr().out == ""
    lowered.compile()(1.0)
    assert capsys.readouterr().out == NESTED


def test_values_that_python_asks_for_do_not_print_twice(capsys: Any) -> None:
    def f(x: Any) -> Any:
        y = nested(x)
        return y if y > 0 else -y

    pb.grad(f)(1.0)
    assert capsys.readouterr().out == NESTED


def test_export_refuses_prints(tmp_path: Any, capsys: Any) -> None:
    with pytest.raises(TypeError, match=r"prints, calls back or checks at .*test_debug.py.*no_effects"):
        pb.export({"f": (nested, 1.0)}, tmp_path / "f.pba")
    with debug.no_effects():
        lowered = pb.jit(nested).lower(1.0)
    pb.export({"f": lowered}, tmp_path / "f.pba")
    assert float(pb.load(tmp_path / "f.pba").f(1.0)) == 8.0 and capsys.readouterr().out == ""


@BOTH
def test_callback(wrap: Any) -> None:
    seen: list[Any] = []

    def f(x: Any) -> Any:
        def body(c: Any, t: Any) -> Any:
            debug.callback(lambda p, k: seen.append((float(p["c"]), int(k))), {"c": c}, k=t)
            return c * 2, None

        return lax.scan(body, x, pnp.arange(3))[0]

    wrap(pb.grad(f))(1.0)
    assert seen == [(1.0, 0), (2.0, 1), (4.0, 2)]
    assert '"pbfn.debug_callback"(' in str(pb.make_ir(f)(1.0))


# NaN and infinity ----------------------------------------------------------------------------------------------------------
def safe_sqrt(x: Any) -> Any:
    y = pnp.sqrt(x)  #: sqrt
    return pnp.where(x > 0, y, 0.0) * 2


def rooted(x: Any) -> Any:
    return pnp.sqrt(x) * 2  #: rooted


def in_a_loop(x: Any) -> Any:
    def body(c: Any, _: Any) -> Any:
        return pnp.log(c - 1), c  #: log

    return lax.scan(body, x, None, length=4)[0]


def ratio(x: Any) -> Any:
    return x / x  #: ratio


@BOTH
@pytest.mark.parametrize(
    ("f", "x", "op", "where", "part"),
    [
        (pb.grad(safe_sqrt), 0.0, "mul", "sqrt", "backward pass of the operation on that line: transpose(jvp(sqrt))"),
        (lambda x: pb.jvp(rooted, (x,), (0.0,))[1], 0.0, "mul", "rooted", "derivative of the operation on that line: jvp(sqrt)"),
        (in_a_loop, 3.0, "log", "log", ""),
        (pb.grad(in_a_loop), 3.0, "log", "log", ""),
        (pb.vmap(ratio), np.zeros(2, F), "div", "ratio", ""),
        (pb.grad(pb.jit(safe_sqrt)), 0.0, "mul", "sqrt", "backward pass"),
        (pb.grad(pb.checkpoint(safe_sqrt)), 0.0, "mul", "sqrt", "backward pass"),
    ],
    ids=["grad", "jvp", "scan", "grad of scan", "vmap", "grad of jit", "grad of checkpoint"],
)
def test_debug_nans_names_the_operation_and_the_line(wrap: Any, f: Any, x: Any, op: str, where: str, part: str) -> None:
    g = wrap(f)
    g(x)  # off: nothing is raised
    with pb.debug_nans(True), pytest.raises(FloatingPointError) as info:
        g(x)
    text = str(info.value)
    assert text.startswith(f"invalid value (nan) encountered in {op} at {__file__}:{line(where)}")
    assert part in text


def test_debug_nans_of_operations_and_of_results_without(capsys: Any) -> None:
    with pb.debug_nans():
        for call, op in ((lambda: pnp.log(-1.0), "log"), (lambda: pnp.array(0.0) / 0.0, "div"), (lambda: lax.sqrt(-1.0), "sqrt")):
            with pytest.raises(FloatingPointError, match=rf"\(nan\) encountered in {op} at .*test_debug.py"):
                call()
        assert float(pb.jit(lambda x: x * 2)(1.0)) == 2.0
        with pytest.raises(FloatingPointError, match="one of which holds nan already"):
            pb.jit(lambda x: x * 2)(np.nan)
        with pytest.raises(FloatingPointError, match="encountered in log"):  # a donated argument is still known
            pb.jit(lambda x: pnp.log(x - 2), donate_argnums=0)(pnp.ones(3) + 0)
        with pytest.raises(FloatingPointError):  # evaluated again, it does not print again
            pb.jit(lambda x: (debug.print("{}", x), pnp.log(x))[1])(-1.0)
    assert capsys.readouterr().out == "-1.0\n"


@BOTH
def test_debug_infs(wrap: Any) -> None:
    with pb.debug_infs(True):
        with pytest.raises(FloatingPointError, match=rf"\(inf\) encountered in div at .*:{line('rooted')}, in the der.*jvp\(sqrt"):
            wrap(pb.grad(rooted))(0.0)
        with pytest.raises(FloatingPointError, match=r"\(inf\) encountered in exp"):
            wrap(lambda x: pnp.exp(x))(F(1000))
    assert np.isinf(wrap(lambda x: pnp.exp(x))(F(1000)))


# Settings and scopes -------------------------------------------------------------------------------------------------------
def test_disable_jit() -> None:
    seen: list[str] = []

    def f(x: Any) -> Any:
        def body(c: Any, t: Any) -> Any:
            seen.append(type(c).__name__)
            return c * t, {"c": c, "n": None}

        c, ys = lax.scan(body, x, pnp.arange(1.0, 4.0), reverse=True)
        z = lax.while_loop(lambda s: s < 100, lambda s: s * 2, c)
        return lax.cond(z > 0, lambda a: a + ys["c"].sum(), lambda a: a, z) + lax.switch(1, [lambda x: x, lambda x: 10 * x], x)

    want = f(1.0)
    assert set(seen) == {"Tracer"}
    with pb.disable_jit():
        seen.clear()
        close(pb.jit(f)(1.0), float(want))
        assert seen == ["ConcreteArray"] * 3
        close(pb.grad(f)(1.0), float(want))  # f is linear up to where the loops stop
        close(pb.vmap(f)(np.array([1.0, 1.0], F)), np.full(2, want))
        assert int(lax.fori_loop(0, 4, lambda i, x: x + i, 0)) == 6
        with pb.disable_jit(False):
            seen.clear()
            pb.jit(f)(1.0)
            assert set(seen) == {"Tracer"}


def test_enable_x64() -> None:
    with pb.enable_x64():
        assert pnp.ones(2).dtype == np.float64
        with pb.enable_x64(False):
            assert pnp.ones(2).dtype == np.float32
    assert pnp.ones(2).dtype == np.float32


def test_named_scopes() -> None:
    def f(x: Any) -> Any:
        with pb.named_scope("encoder"):
            x = pb.named_call(pnp.sqrt, name="root")(x)
        return x * 2

    assert 'loc("encoder/root"(' in str(pb.make_ir(f, debug_info=True)(1.0))
    assert 'loc("transpose(jvp(encoder/root/sqrt))"(' in str(pb.make_ir(pb.grad(f), stage="pb", debug_info=True)(1.0))
    with pb.debug_nans(), pytest.raises(FloatingPointError, match="in encoder/root"):
        pb.jit(f)(-1.0)
    with pytest.raises(TypeError, match="must be a string"), pb.named_scope(1):  # type: ignore[arg-type]
        pass


def test_compile_time_evaluation_types_and_caches() -> None:
    traces = []

    @pb.jit
    def f(x: Any) -> Any:
        traces.append(1)
        with pb.ensure_compile_time_eval():
            n = pnp.sum(pnp.arange(4))
            assert int(n) == 6
            y = x * n
        return y

    assert float(f(2.0)) == 12.0 and float(f(3.0)) == 18.0 and len(traces) == 1
    pb.clear_caches()
    assert float(f(2.0)) == 12.0 and len(traces) == 2
    assert pb.typeof(1.0).weak_type and pb.typeof(X) == pb.ShapeDtypeStruct((2,), F)
    with pytest.raises(AttributeError, match="make_ir"):
        pb.make_jaxpr  # noqa: B018
