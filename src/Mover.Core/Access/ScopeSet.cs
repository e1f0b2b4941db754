using Mover.Core.Arm;

namespace Mover.Core.Access;

/// <summary>
/// Scopes, arranged so that a question about one more costs no more for many of them than for one. Immutable; casing aside as
/// <see cref="ArmAction.Encloses"/> has it.
/// </summary>
public sealed class ScopeSet
{
    // Each of the scopes, and each with everything that encloses it.
    private readonly HashSet<string> _scopes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _upwards = new(StringComparer.Ordinal);

    /// <summary>The set of these scopes.</summary>
    public ScopeSet(IEnumerable<string> scopes)
    {
        foreach (var scope in scopes)
        {
            var lower = ArmCase.Lower(scope);
            if (!_scopes.Add(lower))
            {
                continue;
            }

            _upwards.Add(ArmAction.Root);
            for (var end = lower.Length; end > 0 && _upwards.Add(lower[..end]);)
            {
                end = lower.LastIndexOf('/', end - 1);
            }
        }
    }

    /// <summary>True when one of the scopes is this one or encloses it.</summary>
    public bool Encloses(string scope)
    {
        if (_scopes.Count == 0)
        {
            return false;
        }

        var found = _scopes.GetAlternateLookup<ReadOnlySpan<char>>();
        var left = ArmCase.Lower(scope).AsSpan();
        while (left.Length > 0)
        {
            if (found.Contains(left))
            {
                return true;
            }

            left = left[..Math.Max(0, left.LastIndexOf('/'))];
        }

        return found.Contains(ArmAction.Root);
    }

    /// <summary>True when one of the scopes is this one or lies below it.</summary>
    public bool LiesBelow(string scope) => _upwards.Contains(ArmCase.Lower(scope));

    /// <summary>True when one of the scopes is this one, above it or below it.</summary>
    public bool Touches(string scope) => Encloses(scope) || LiesBelow(scope);
}
