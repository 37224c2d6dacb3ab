"""jit: caching, static and donated arguments, dtypes of results, stages, threads, devices."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import pickle
from typing import Any, NamedTuple

import numpy as np
import pytest
from closeness import close

import pullback as pb
import pullback.numpy as pnp
from pullback import errors, lax

X = np.array([0.3, -1.2, 0.7], np.float32)


class Counted:
    """A function that counts how often Python runs it."""

    def __init__(self, f: Any):
        self.f, self.calls = f, 0
        self.__name__ = "counted"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.f(*args, **kwargs)


# The cache ---------------------------------------------------------------------------------------------------------------
def test_one_trace_for_each_combination_of_types() -> None:
    f = Counted(lambda x: x * 2)
    j = pb.jit(f)
    x = pnp.asarray(X)
    for _ in range(3):
        close(j(x), 2.0 * X)
    close(j(x + 1), 2.0 * (X + 1))
    assert f.calls == 1
    close(j(X), 2.0 * X)  # a NumPy array of the same type
    assert f.calls == 1
    close(j(3.0), 6.0)
    close(j(4.0), 8.0)
    assert f.calls == 2
    close(j(3), 6)  # another dtype
    assert f.calls == 3
    j(pnp.float32(3.0))  # a strong type is another type than a weak one
    assert f.calls == 4
    j.clear_cache()
    j(x)
    assert f.calls == 5


def test_two_jits_of_one_program_share_the_executable() -> None:
    from pullback import stages

    make = lambda: pb.jit(lambda x: pnp.tanh(x) * 1.375)
    close(make()(X), np.tanh(X.astype(np.float64)) * 1.375)
    before = len(stages._executables)
    close(make()(X), np.tanh(X.astype(np.float64)) * 1.375)
    assert len(stages._executables) == before


def test_cache_sees_structure_keywords_and_x64() -> None:
    f = Counted(lambda p, *, k=1.0: p["a"] * k)
    j = pb.jit(f)
    close(j({"a": 2.0}), 2.0)
    close(j({"a": 2.0}, k=3.0), 6.0)
    close(j(k=3.0, p={"a": 2.0}), 6.0)
    close(j({"a": 3.0}, k=4.0), 12.0)
    assert f.calls == 3
    with pb.config.scope(enable_x64=True):
        out = j({"a": 2.0})
        assert out.dtype == np.float64 and f.calls == 4
    close(j({"a": 5.0}), 5.0)
    assert f.calls == 4


def test_closure_and_global_state_are_read_at_trace_time() -> None:
    state = {"k": 2.0}
    j = pb.jit(lambda x: x * state["k"])
    close(j(1.0), 2.0)
    state["k"] = 5.0
    close(j(1.0), 2.0)


# Static and donated arguments ------------------------------------------------------------------------------------------------
def test_static_arguments() -> None:
    def power(x: Any, n: int, *, negate: bool = False) -> Any:
        assert isinstance(n, int)
        return -(x**n) if negate else x**n

    f = Counted(power)
    f.__wrapped__ = power
    j = pb.jit(f, static_argnums=1, static_argnames=("negate",))
    close([j(2.0, 3), j(3.0, 3)], [8.0, 27.0])
    assert f.calls == 1
    close(j(2.0, 2), 4.0)
    close(j(2.0, 3, negate=True), -8.0)
    assert f.calls == 3
    close(j(2.0, n=3), 8.0)  # the position names the parameter
    by_name = pb.jit(power, static_argnames="n")
    close([by_name(2.0, 3), by_name(2.0, n=3)], [8.0, 8.0])
    last = pb.jit(power, static_argnums=-1)
    close(last(2.0, 2), 4.0)


def test_static_values_of_equal_hash_but_other_type() -> None:
    f = lambda x, n: x * n if isinstance(n, float) else x + n
    j = pb.jit(f, static_argnums=1)
    close([j(3.0, 2), j(3.0, 2.0), j(3.0, True)], [5.0, 6.0, 4.0])


def test_static_dataclass_and_function() -> None:
    @dataclasses.dataclass(frozen=True)
    class Options:
        scale: float
        activation: Any

    j = pb.jit(lambda o, x: o.activation(x) * o.scale, static_argnums=0)
    close(j(Options(2.0, pnp.sin), X), 2 * np.sin(X.astype(np.float64)))
    close(j(Options(3.0, pnp.sin), X), 3 * np.sin(X.astype(np.float64)))


def test_donated_arguments() -> None:
    @pb.jit
    def fresh(x: Any) -> Any:
        return x + 0.0

    j = pb.jit(lambda x, y: x * 2 + y, donate_argnums=0)
    x = fresh(X)
    y = pnp.asarray(X)
    close(j(x, y), 3.0 * X)
    close(y, X)
    a = X.copy()
    close(j(a, y), 3.0 * X)
    np.testing.assert_array_equal(a, X)  # the caller's NumPy memory is never donated
    viewed = fresh(X)
    host = np.asarray(viewed)
    close(j(viewed, y), 3.0 * X)
    np.testing.assert_array_equal(host, X)  # nor is memory that the caller can see


OVERWRITES = pb.jit(lambda x, y: (x.at[0].set(9.0), y * 1.0), donate_argnums=0)


def computed() -> Any:
    """A result of a compiled function: nothing else sees its memory."""
    return pb.jit(lambda a, b: a * b + a)(pnp.asarray(X), pnp.ones(3, "float32"))


def test_an_array_that_is_also_another_argument_is_not_overwritten() -> None:
    x = computed()
    first, second = OVERWRITES(x, x)
    close(first, [9.0, *(2 * X[1:])])
    close(second, 2 * X)
    close(x, 2 * X)


def test_a_donated_array_cannot_be_used_afterwards() -> None:
    x = computed()
    OVERWRITES(x, computed())
    assert x.is_deleted()
    with pytest.raises(RuntimeError, match="Array has been deleted: it was donated to"):
        x + 1
    with pytest.raises(RuntimeError, match="Array has been deleted: it was donated to"):
        OVERWRITES(x, computed())


def test_a_view_of_a_donated_array_stays() -> None:
    x = computed()
    view = pb.jit(lambda v: v.reshape(1, 3))(x)
    close(OVERWRITES(x, computed())[0], [9.0, *(2 * X[1:])])
    close(view, 2 * X[None])


def test_a_compiled_stage_donates() -> None:
    x = computed()
    compiled = OVERWRITES.lower(x, x).compile()
    first, second = compiled(x, x)
    close(second, 2 * X)
    close(x, 2 * X)
    fresh = computed()
    close(compiled(fresh, x)[0], first)
    assert fresh.is_deleted()


def test_a_captured_array_is_not_overwritten() -> None:
    c = computed()
    j = pb.jit(lambda x: x + c, donate_argnums=0)
    close(j(c), 4 * X)
    close(j(computed()), 4 * X)
    close(c, 2 * X)


# Arguments and results -------------------------------------------------------------------------------------------------------
class Point(NamedTuple):
    x: Any
    y: Any


def test_pytrees() -> None:
    def f(p: Any, q: Any) -> Any:
        return {"point": Point(p.y, p.x * 2), "list": [q[0], None, (q[1], 1)], "empty": {}}

    out = pb.jit(f)(Point(1.0, X), (2, True))
    close(out["point"], Point(X, 2.0))
    assert out["list"][1] is None and out["empty"] == {}
    assert out["list"][2][0].dtype == np.bool_ and out["list"][2][1].dtype == np.int32
    close(pb.jit(lambda: pnp.ones(2))(), np.ones(2))
    assert pb.jit(lambda x: None)(1.0) is None
    assert pb.jit(lambda x: ())(1.0) == ()
    close(pb.jit(lambda *args: args[0] + args[2])(1.0, 2.0, 4.0), 5.0)
    close(pb.jit(lambda **kwargs: kwargs["b"] - kwargs["a"])(a=1.0, b=4.0), 3.0)


def test_result_that_is_an_argument_or_a_constant_or_repeated() -> None:
    x = pnp.asarray(X)
    a, b, c, d = pb.jit(lambda x: (x, x, 3.0, x * 2))(x)
    close((a, b, c, d), (X, X, 3.0, 2.0 * X))


# Computed with JAX 0.10: (function, argument types, result type, weak)
DTYPES = [
    (lambda x: x * 2, "float32", "float32", False),
    (lambda x: x * 2.5, "int32", "float32", True),
    (lambda x: x + 1, "int8", "int8", False),
    (lambda x: x * 1j, "float32", "complex64", False),
    (lambda x: x > 0, "float32", "bool", False),
    (lambda x: x / 2, "int32", "float32", False),
    (lambda x: x.sum(), "int8", "int32", False),
    (lambda x: x.mean(), "int32", "float32", False),
    (lambda x: x @ x, "bfloat16", "bfloat16", False),
    (lambda x: x.argmax(), "float16", "int32", False),
    (lambda x: pnp.float32(3) * x, "float16", "float32", False),
    (lambda x: x + np.float64(1), "float16", "float32", False),
    (lambda x: pnp.where(x > 0, x, 0), "uint8", "uint8", False),
    (lambda x: x**2, "int16", "int16", False),
    (lambda x: pnp.sin(x), "int32", "float32", False),
    (lambda x: abs(x), "complex64", "float32", False),
]


def test_dtypes_of_results() -> None:
    for eager in (True, False):
        for f, argument, result, _ in DTYPES:
            x = pnp.asarray(np.array([1, 2, 3]), argument)
            out = pb.eval_shape(f, x) if not eager else f(x)
            assert out.dtype.name == result, (argument, result, out.dtype)


def test_weak_types_survive_jit() -> None:
    j = pb.jit(lambda x: (x, x * 2, pnp.sin(x), x + pnp.float32(1)))
    weak = [y.weak_type for y in j(1.0)]
    assert weak == [True, True, True, False]
    assert (j(1.0)[0] * pnp.asarray([1.0], "bfloat16")).dtype.name == "bfloat16"
    assert (j(1.0)[3] * pnp.asarray([1.0], "bfloat16")).dtype.name == "float32"
    n = pb.jit(lambda n: n + 1)(2)
    assert n.dtype == np.int32 and n.weak_type and (n * pnp.asarray([1], "int8")).dtype == np.int8


def test_all_dtypes_pass_through_compiled_code() -> None:
    dtypes = ["bool", "int8", "int16", "int32", "uint8", "uint16", "uint32", "float16", "bfloat16", "float32", "complex64"]
    xs = {d: pnp.asarray(np.array([0, 1, 1]), d) for d in dtypes}
    out = pb.jit(lambda t: {k: pnp.flip(v) for k, v in t.items()})(xs)
    for d in dtypes:
        assert out[d].dtype.name == d
        np.testing.assert_array_equal(np.asarray(out[d]).astype(np.float32 if d != "complex64" else d), [1, 1, 0])


def test_numpy_memory_of_the_caller() -> None:
    a = X.copy()
    j = pb.jit(lambda x: x.at[0].set(9.0))
    close(j(a), [9.0, X[1], X[2]])
    np.testing.assert_array_equal(a, X)
    x = pnp.asarray(a)
    y = pnp.array(a)
    out = pb.jit(lambda x: x)(a)
    a[:] = 100.0
    for z in (x, y, out, pb.jit(lambda x: x + 0)(x)):
        close(z, X)
    assert not np.asarray(out).flags.writeable
    # non-contiguous, big-endian and Fortran-ordered input
    m = np.arange(12, dtype=np.float32).reshape(3, 4)
    double = pb.jit(lambda x: x * 2)
    close(double(m[:, ::2]), 2.0 * m[:, ::2])
    close(double(m.T), 2.0 * m.T)
    close(double(m.astype(">f4")), 2.0 * m)
    close(double(np.float64(1.5)), 3.0)


def test_captured_numpy_array_is_a_snapshot() -> None:
    k = X.copy()
    j = pb.jit(lambda x: x * k)
    close(j(2.0), 2.0 * X)
    k[:] = 0.0
    close(j(3.0), 3.0 * X)


def test_big_captured_arrays_are_arguments() -> None:
    table = pnp.arange(1000.0)
    j = pb.jit(lambda i: table[i] * 2 + pnp.sum(table))
    lowered = j.lower(3)
    text = lowered.as_text()
    assert "tensor<1000xf32>" in text and "dense<[" not in text and len(text) < 20_000
    close(j(3), 6.0 + 499500.0)
    assert lowered.compile().memory_analysis().constant_size_in_bytes == 4000
    small = pb.jit(lambda x: x + pnp.asarray(X)).lower(X).as_text()
    assert "dense<" in small


# Stages ----------------------------------------------------------------------------------------------------------------------
def test_lower_and_text() -> None:
    def model(params: Any, x: Any) -> Any:
        return pnp.sum(pnp.tanh(params["w"] * x))

    lowered = pb.jit(pb.grad(model)).lower({"w": X}, X)
    trace, pb_text, hlo = (lowered.as_text(stage=s) for s in ("trace", "pb", "stablehlo"))
    assert "pbfn.vjp_fwd" in trace and '"pb.tanh"' in trace and "params['w']" in trace
    assert "pbfn." not in pb_text and '"pb.tanh"' in pb_text
    assert "stablehlo." in hlo and "pb." not in hlo.replace("pb.name", "")
    assert lowered.as_text() == hlo
    assert "test_jit.py" in lowered.as_text("trace", debug_info=True) and "test_jit.py" not in trace
    with pytest.raises(ValueError, match="there is no stage 'llvm'; stages: trace, pb, stablehlo"):
        lowered.as_text("llvm")


def test_compile_and_analyses() -> None:
    j = pb.jit(lambda a, b: pnp.tanh(a @ b))
    lowered = j.lower(pb.ShapeDtypeStruct((4, 8), "float32"), pb.ShapeDtypeStruct((8, 2), np.float32))
    assert lowered.cost_analysis()["flops"] >= 2 * 4 * 8 * 2
    assert lowered.cost_analysis()["transcendentals"] == 8
    compiled = lowered.compile()
    a, b = np.ones((4, 8), np.float32), np.full((8, 2), 0.125, np.float32)
    close(compiled(a, b), np.full((4, 2), np.tanh(1.0)))
    memory = compiled.memory_analysis()
    assert memory.argument_size_in_bytes == 4 * (32 + 16) and memory.output_size_in_bytes == 32
    assert memory["generated_code_size_in_bytes"] > 0 and memory.temp_size_in_bytes >= 0
    assert "stablehlo" in compiled.as_text() and compiled.cost_analysis() == lowered.cost_analysis()
    assert "cpu" in repr(compiled)


def test_lower_with_mixed_arguments_and_keywords() -> None:
    j = pb.jit(lambda x, n, *, k: x * n * k, static_argnums=1)
    compiled = j.lower(pb.ShapeDtypeStruct((3,), "float32"), 2, k=pb.ShapeDtypeStruct((), "float32")).compile()
    close(compiled(X, k=pnp.float32(3)), 6.0 * X)
    close(compiled(X, k=3.0), 6.0 * X)  # a Python number takes the lowered dtype


def test_eval_shape_runs_nothing() -> None:
    f = Counted(lambda x, y: {"m": x @ y, "n": x.shape[0], "b": x > 0})
    big = pb.ShapeDtypeStruct((10**6, 10**6), "float32")
    out = pb.eval_shape(f, big, pb.ShapeDtypeStruct((10**6, 3), "float32"))
    assert out["m"] == pb.ShapeDtypeStruct((10**6, 3), "float32")
    assert out["n"] == pb.ShapeDtypeStruct((), "int32") and out["n"].weak_type
    assert out["b"].dtype == np.bool_ and out["b"].size == 10**12
    assert f.calls == 1
    g = pb.eval_shape(pb.grad(lambda p: pnp.sum(p["w"] ** 2)), {"w": big})
    assert g["w"] == big
    assert pb.jit(lambda x: x[0]).eval_shape(big) == pb.ShapeDtypeStruct((10**6,), "float32")
    assert len(big) == 10**6 and big.ndim == 2 and hash(big) == hash(pb.ShapeDtypeStruct((10**6, 10**6), np.float32))


def test_make_ir() -> None:
    ir = pb.make_ir(lambda x: pnp.sin(x) * 2)(1.0)
    text = str(ir)
    assert text.count('"pb.sin"') == 1 and '"pb.mul"' in text and "%arg0: tensor<f32>" in text
    grad_text = str(pb.make_ir(pb.grad(pnp.sin), stage="pb")(pb.ShapeDtypeStruct((), "float32")))
    assert '"pb.cos"' in grad_text and "pbfn" not in grad_text
    with pytest.raises(ValueError, match="there is no stage 'stablehlo'; stages: trace, pb"):
        pb.make_ir(pnp.sin, stage="stablehlo")


def test_jit_inside_jit_is_one_program() -> None:
    inner = Counted(lambda x: pnp.sin(x))
    j = pb.jit(inner)
    outer = pb.jit(lambda x: j(j(x)) + j(2.0))
    text = outer.lower(1.0).as_text(stage="stablehlo")
    assert text.count("func.func public") == 1
    close(outer(1.0), np.sin(np.sin(1.0)) + np.sin(2.0))


# Methods, decorators, devices, threads -------------------------------------------------------------------------------------------
class Model:
    def __init__(self, scale: float):
        self.scale = scale
        self.apply = pb.jit(self._apply)

    def _apply(self, x: Any) -> Any:
        return self.scale * x

    @pb.jit
    def pure(self: Any, x: Any) -> Any:
        return self["k"] * x

    @staticmethod
    @pb.jit
    def double(x: Any) -> Any:
        return 2 * x

    def __hash__(self) -> int:
        return hash(self.scale)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.scale == other.scale


def _scaled(self: Model, x: Any) -> Any:
    return self.scale * x


Model.scaled = pb.jit(_scaled, static_argnums=0)  # type: ignore[attr-defined]


def test_methods() -> None:
    m, other = Model(2.0), Model(3.0)
    close([m.apply(1.5), other.apply(1.5)], [3.0, 4.5])
    close(Model.double(4.0), 8.0)
    close(Model.pure({"k": 5.0}, 2.0), 10.0)
    close([m.scaled(1.5), other.scaled(1.5), m.scaled(2.0)], [3.0, 4.5, 4.0])  # type: ignore[attr-defined]


def test_decorator_with_options() -> None:
    @pb.jit(static_argnames="n", device="cpu")
    def f(x: Any, n: int) -> Any:
        "Documented."
        return x * n

    assert f.__name__ == "f" and f.__doc__ == "Documented." and f.device.kind == "cpu"
    close(f(2.0, n=3), 6.0)


def test_threads() -> None:
    functions = [pb.jit(lambda x, k=k: pnp.sum(pnp.sin(x) * k)) for k in (2.0, 3.0)]
    xs = [pnp.asarray(X * i) for i in range(1, 5)]

    def work(t: int) -> list[Any]:
        out = []
        for i in range(8):
            out.append(functions[(t + i) % 2](xs[t]))  # the same function is first called by several threads at once
            out.append(pb.grad(functions[t % 2])(xs[t]))
            with pb.config.scope(enable_x64=t == 3):
                out.append(pnp.sin(0.5))
        return out

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(4)))
    for t, out in enumerate(results):
        x = X.astype(np.float64) * (t + 1)
        for i in range(8):
            value, gradient, plain = out[3 * i : 3 * i + 3]
            close(value, np.sin(x).sum() * (2.0, 3.0)[(t + i) % 2])
            close(gradient, np.cos(x) * (2.0, 3.0)[t % 2])
            assert plain.dtype == (np.float64 if t == 3 else np.float32)


def test_pickle() -> None:
    y = pb.jit(lambda x: x * 2)(X)
    again = pickle.loads(pickle.dumps({"y": y, "weak": pnp.sin(1.0), "b": pnp.ones(2, "bfloat16")}))
    close(again["y"], 2.0 * X)
    assert again["weak"].weak_type == pnp.sin(1.0).weak_type and again["b"].dtype.name == "bfloat16"
    with pytest.raises(errors.ConcretizationTypeError, match=r"Attempted pickling of a traced array.*argument x"):
        pb.jit(lambda x: pickle.dumps(x) and x)(X)


def test_x64() -> None:
    with pb.config.scope(enable_x64=True):
        x = pnp.asarray([0.1, 0.2])
        assert x.dtype == np.float64
        f = lambda x: pnp.sum(pnp.exp(x) * x)
        value, gradient = pb.jit(pb.value_and_grad(f))(x)
        assert value.dtype == np.float64 and gradient.dtype == np.float64
        v = np.array([0.1, 0.2])
        close(value, np.sum(np.exp(v) * v), rtol=1e-14, atol=0)
        close(gradient, np.exp(v) * (1 + v), rtol=1e-14, atol=0)
        assert pb.jit(lambda n: n + 1)(2**40).dtype == np.int64
        assert pb.eval_shape(f, pb.ShapeDtypeStruct((2,), "float64")).dtype == np.float64
        assert pb.jit(lambda x: x * 1j)(x).dtype == np.complex128
    assert pnp.asarray(np.array([0.1])).dtype == np.float32
    assert pb.ShapeDtypeStruct((2,), "float64").dtype == np.float32


def test_debug_nans() -> None:
    f = lambda x: pnp.log(x) * 2
    found = r"nan.*encountered in {}.*test_jit.py:\d+"
    assert np.isnan(f(-1.0)) and np.isnan(pb.jit(f)(-1.0))
    with pb.config.scope(debug_nans=True):
        with pytest.raises(FloatingPointError, match=found.format("log")):
            pb.jit(f)(-1.0)
        with pytest.raises(FloatingPointError, match=found.format("log")):
            f(-1.0)
        with pytest.raises(FloatingPointError, match=found.format("log")):
            lax.log(-1.0)
        with pytest.raises(FloatingPointError, match=found.format("mul")):
            pb.grad(lambda x: pnp.sqrt(x - 1) * 0)(1.0)
        close(pb.jit(f)(1.0), 0.0)
    assert np.isnan(f(-1.0))


def test_leaked_tracer() -> None:
    kept: list[Any] = []

    @pb.jit
    def f(x: Any) -> Any:
        y = x * 2
        kept.append(y)
        return y

    f(1.0)
    for use in (
        lambda: kept[0] + 1,
        lambda: pnp.sin(kept[0]),
        lambda: f(kept[0]),
        lambda: pb.grad(pnp.sin)(kept[0]),
        lambda: bool(kept[0]),
    ):
        with pytest.raises(errors.UnexpectedTracerError, match=r"created by pb.mul at .*test_jit.py:\d+"):
            use()


def test_side_effects_happen_once_and_randomness_of_numpy_is_frozen() -> None:
    printed = []
    j = pb.jit(lambda x: printed.append(repr(x)) or x + 1)
    close([j(1.0), j(2.0)], [2.0, 3.0])
    assert printed == ["Traced<float32[], weak_type=True> in jit of '<lambda>'"]


def test_control_flow_inside_jit() -> None:
    @pb.jit
    def collatz(n: Any) -> Any:
        body = lambda s: (pnp.where(s[0] % 2 == 0, s[0] // 2, 3 * s[0] + 1), s[1] + 1)
        return lax.while_loop(lambda s: s[0] != 1, body, (n, 0))[1]

    close([collatz(6), collatz(27)], [8, 111])
