using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Mover.Core.Arm;

namespace Mover.Core;

/// <summary>A value, or the refusal that says why there is none. Exactly one of the two is set.</summary>
public readonly record struct Result<T>
    where T : notnull
{
    private readonly T? _value;

    private Result(T? value, ArmError? refusal)
    {
        _value = value;
        Refusal = refusal;
    }

    /// <summary>The refusal, or null when there is a value.</summary>
    public ArmError? Refusal { get; }

    /// <summary>The value; reading it when there is a refusal is a broken invariant.</summary>
    public T Value => _value ?? throw new UnreachableException($"Result has no value: {Refusal?.Code}.");

    /// <summary>True with the value, or false with the refusal.</summary>
    public bool Try([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out ArmError? refusal)
    {
        value = _value;
        refusal = Refusal;
        return refusal is null;
    }

    /// <summary>Wraps a value whose type is an interface, which the conversion cannot.</summary>
    public static Result<T> Of(T value) => new(value, null);

    /// <summary>Wraps a value.</summary>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>Wraps a refusal.</summary>
    public static implicit operator Result<T>(ArmError refusal) => new(default, refusal);
}
